import t from 'tap'
import { registerFixture } from '../support/boot.js'

t.test('an app that is no file fails at registration', async (t) => {
  const missing = [new URL('fixtures/missing.js', import.meta.url), new URL('fixtures/missing.js', import.meta.url).href, 'test/boot/fixtures/missing.js']
  for (const app of [...missing, ...missing.map((module) => ({ module, factory: 'build' }))]) {
    await t.rejects(registerFixture('', { app }), { code: 'FST_BLOCKING_APP_NOT_FOUND', message: 'test/boot/fixtures/missing.js' })
  }
})

t.test('an app that is no file: URL fails at registration', async (t) => {
  await t.rejects(registerFixture('', { app: new URL('https://example.com/app.js') }), { code: 'FST_BLOCKING_APP_NOT_FOUND', message: 'https://example.com/app.js' })
})
