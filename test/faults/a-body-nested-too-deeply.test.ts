import t from 'tap'
import { build } from '../fixtures/unsendable.js'

t.test('a body that is nested too deeply to be cloned is an error where it is touched, and only there', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const depth = 400_000
  const post = async (url: string) => await app.inject({
    method: 'POST', url, headers: { 'content-type': 'application/json' }, payload: '['.repeat(depth) + ']'.repeat(depth)
  })

  const touched = await post('/body')
  t.equal(touched.statusCode, 500)
  t.match(touched.json(), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^request\.body is nested too deeply/ })
  const untouched = await post('/untouched')
  t.strictSame([untouched.statusCode, untouched.body], [200, 'not looked at'])
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, killed: 0, completed: 2 })
})
