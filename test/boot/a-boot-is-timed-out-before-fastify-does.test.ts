import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { bootError, pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

t.test('without a bootTimeout ready() fails with our error, not with that of Fastify\'s pluginTimeout', async (t) => {
  const app = Fastify({ pluginTimeout: 3_000 })
  await app.register(blocking, { app: fixture('module-loops.js'), pool: { ...pool, minThreads: 2, maxThreads: 2 } })
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.equal(error.cause.code, 'FST_BLOCKING_BOOT_TIMEOUT')
})
