import t from 'tap'
import { build } from './fixtures/counts-requests.js'

t.test('a plugin that adds itself to every instance, and can do it once in a thread, is loaded by the app', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.same((await app.inject({ method: 'POST', url: '/json', payload: { a: 1 } })).json(), { isWorker: true, body: { a: 1 } })
})
