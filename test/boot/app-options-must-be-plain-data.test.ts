import t from 'tap'
import { registerFixture } from '../support/boot.js'

t.test('app.options that cannot cross to the worker fail at registration', async (t) => {
  for (const form of [{ factory: 'build' }, { plugin: 'build' }]) {
    const app = { module: import.meta.url, ...form, options: { log: () => {} } } as { module: string, factory: string, options: Record<string, unknown> }
    await t.rejects(registerFixture('', { app }), { code: 'FST_BLOCKING_INVALID_OPTION', message: 'option app.options: it must be plain data' })
  }
})
