import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { bootError, pool, registerFixture } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

for (const file of ['module-never-ends.js', 'module-loops.js', 'on-ready-never-resolves.js', 'script-without-an-app.js']) {
  t.test(`${file}: ready() fails after bootTimeout`, async (t) => {
    const error = await bootError(await registerFixture(file, { bootTimeout: 500 }))
    t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
    t.equal(error.cause.code, 'FST_BLOCKING_BOOT_TIMEOUT')
    t.match(error.message, 'within 500 ms')
  })
}

t.test('without a bootTimeout ready() fails with our error, not with that of Fastify\'s pluginTimeout', async (t) => {
  const app = Fastify({ pluginTimeout: 3_000 })
  await app.register(blocking, { app: fixture('module-loops.js'), pool: { ...pool, minThreads: 2, maxThreads: 2 } })
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.equal(error.cause.code, 'FST_BLOCKING_BOOT_TIMEOUT')
})
