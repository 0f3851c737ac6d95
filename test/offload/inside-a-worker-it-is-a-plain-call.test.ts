import t from 'tap'
import { buildFunctions } from './fixtures/typed.js'

t.test('inside a worker an offloaded function is called plainly: a promise, the same thread, the values themselves', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  const response = await app.inject('/inside')
  t.same(response.json(), { isPromise: true, isSameThread: true, isSame: true })
  t.equal(app.blocking.stats().completed, 1, 'the request alone is admitted')
})

t.test('there an abort signal has the same effect', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  t.same((await app.inject('/inside-with-signal')).json(), { thrown: [true, true], value: true })
})

t.test('in a blocking handler the signal is the request\'s', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  t.same((await app.inject('/signal-is-the-requests')).json(), { isSame: true })
})
