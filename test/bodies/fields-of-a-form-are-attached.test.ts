import t from 'tap'
import { build } from './fixtures/bodies.js'

const type = 'multipart/form-data; boundary=b'
const payload = '--b\r\ncontent-disposition: form-data; name="one"\r\n\r\n1\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncontent\r\n--b--\r\n'
const post = (url: string) => ({ method: 'POST' as const, url, headers: { 'content-type': type }, payload })

t.test('as values they are data, on either side', async (t) => {
  const app = await build({ multipart: { attachFieldsToBody: 'keyValues' } })
  t.teardown(() => app.close())
  t.same((await app.inject(post('/fields'))).json(), { one: '1', file: 'content' })
  t.same((await app.inject(post('/fields/parsed'))).json(), { one: '1', file: 'content' })
})

t.test('as objects with functions they are made where the body is parsed', async (t) => {
  const app = await build({ multipart: { attachFieldsToBody: true } })
  t.teardown(() => app.close())
  t.match((await app.inject(post('/fields'))).json(), { statusCode: 500, code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^request\.body/ })
  t.same((await app.inject(post('/fields/parsed'))).json(), { one: '1', file: 'content' })
})
