import t from 'tap'
import { registerFixture } from '../support/boot.js'

// Fastify serves on after a boot that has failed: `inject()` of a test that went on, or `ready()` of which nobody heard.
t.test('a request after a failed boot is told so, and why', async (t) => {
  const causes: unknown[] = []
  const app = await registerFixture('plugin-throws.js')
  t.teardown(() => app.close())
  app.setErrorHandler((error: Error, _request, reply) => {
    causes.push(error.cause)
    return reply.code(500).send(error)
  })
  app.get('/blocking', { blocking: true }, () => 'pong')
  app.get('/loop', () => 'pong')
  await t.rejects(async () => await app.inject('/blocking'), { code: 'FST_BLOCKING_BOOT_FAILED' })

  const response = await app.inject('/blocking')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'FST_BLOCKING_CALLED_TOO_EARLY', message: /^route GET \/blocking was called before the app was ready/ })
  t.match(causes, [{ code: 'FST_BLOCKING_BOOT_FAILED' }])
  t.equal((await app.inject('/loop')).body, 'pong', 'as without this plugin')
})
