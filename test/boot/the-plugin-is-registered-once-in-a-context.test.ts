import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'

t.test('to register the plugin twice in a context fails the boot with its prefix', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  const options = { app: new URL('fixtures/does-not-register.js', import.meta.url), pool }
  app.register(async (inner) => {
    await inner.register(blocking, options)
    await inner.register(blocking, options)
  }, { prefix: '/inner' })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_REGISTERED_TWICE', message: '"/inner"' })
})
