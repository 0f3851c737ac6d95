import t from 'tap'
import { app } from './fixtures/closure.js'

t.test('a route marked blocking runs in a worker, with its closure', async (t) => {
  t.teardown(() => app.close())
  const blocking = await app.inject('/blocking')
  t.same(blocking.json(), { greeting: 'hello', isMainThread: false })
  const loop = await app.inject('/loop')
  t.same(loop.json(), { greeting: 'hello', isMainThread: true })
})
