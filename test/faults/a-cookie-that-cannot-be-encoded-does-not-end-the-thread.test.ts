import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { compare, serve } from '../lifecycle/compare.js'
import { build } from './apps/odd-cookies.js'

t.test('what fails in an onSend hook of the worker, whatever is answered, is what it is on the loop', async (t) => {
  const threads = new ThreadCount()
  const post = (title: string, path: string, name: string, status: number) =>
    ({ title, path, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }), status })
  await compare(t, build, [
    post('a cookie', '/', 'fine', 200),
    post('half a character', '/', '\ud800', 500),
    post('half a character, and an error handler', '/handled', '\ud800', 418),
    post('a cookie, afterwards', '/', 'fine', 200)
  ])
  t.equal(threads.started, 1, 'no thread was lost')
})

t.test('headers that are wrong as well are left out', async (t) => {
  const threads = new ThreadCount()
  for (const { send } of [await serve(t, build, false), await serve(t, build, true)]) {
    for (const path of ['/header', '/odder']) {
      const { status, headers, body } = await send({ path, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"\\ud800"}' })
      t.equal(status, 500, path)
      t.notOk('x-odd' in headers, path)
      t.match(JSON.parse(body.toString()), { message: 'URI malformed' }, path)
    }
  }
  t.equal(threads.started, 1, 'no thread was lost')
})
