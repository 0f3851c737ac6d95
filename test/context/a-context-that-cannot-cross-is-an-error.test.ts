import t from 'tap'
import { build } from './fixtures/tenants.js'

t.test('what a storage holds and cannot cross is an error that names it', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const response = await app.inject('/handler?tenant=ada&odd=1')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /context\.tenant\.call is a function/ })
  t.equal((await app.inject('/handler?tenant=ada')).statusCode, 200, 'others go on')
})
