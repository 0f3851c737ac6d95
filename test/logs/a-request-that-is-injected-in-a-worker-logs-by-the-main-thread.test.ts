import t from 'tap'
import { build, lines } from './fixtures/loud.js'
import { until } from '../support/until.js'

t.test('a request that a worker injects is logged by the main thread, with its own id', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const response = await app.inject({ url: '/injects', headers: { 'x-id': 'outer' } })
  t.strictSame(response.json(), { isMainThread: false })
  await until('both have completed', () => lines.filter(({ msg }) => msg === 'request completed').length === 2)
  const inner = lines.filter(({ reqId }) => reqId === 'inner')
  t.match(inner, [
    { msg: 'incoming request', factory: 'own' },
    { msg: 'from a child', module: 'a', part: 'b', password: '[Redacted]' },
    { msg: 'request completed', res: { statusCode: 200 } }
  ])
  t.equal(inner.length, 3)
})
