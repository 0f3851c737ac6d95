import t from 'tap'
import { build } from './fixtures/copies-routes.js'

t.test('a route that is added from a copy of another one\'s options answers as that one', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  for (const url of ['/plain', '/fails', '/handled']) {
    const [one, copy] = await Promise.all([url, `/copy${url}`].map((url) => app.inject({ method: 'POST', url, payload: {} })))
    t.equal(copy!.statusCode, one!.statusCode, url)
    t.equal(copy!.body, one!.body, url)
  }
  t.same((await app.inject({ method: 'POST', url: '/copy/plain', payload: {} })).json(), { isWorker: true, body: {} })
  t.same((await app.inject({ method: 'POST', url: '/copy/handled', payload: {} })).json(), { isWorker: true, error: 'undefined' })
})
