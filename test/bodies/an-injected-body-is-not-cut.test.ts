import t from 'tap'
import { build } from './fixtures/bodies.js'

// On the loop an injected body is one chunk, which is parsed at one go: `truncated` is known before the file is read.
t.test('a file in an injected body comes as it does on the loop', async (t) => {
  const app = await build({ multipart: { limits: { fileSize: 500_000 } } })
  t.teardown(() => app.close())
  const file = (size: number) => Buffer.from(`--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'a'.repeat(size)}\r\n--x--\r\n`)
  for (const [size, truncated] of [[10, false], [499_999, false], [1_500_000, true]] as const) {
    for (const url of ['/chunks/loop', '/chunks']) {
      const response = await app.inject({ method: 'POST', url, headers: { 'content-type': 'multipart/form-data; boundary=x' }, payload: file(size) })
      t.equal(response.statusCode, 200, url)
      t.same(response.json(), { truncated, chunks: [Math.min(size, 500_000)] }, url)
    }
  }
})

t.test('nor is one of which a chunk is long, beside others', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const body = async (url: string, payload: Buffer) =>
    (await app.inject({ method: 'POST', url, headers: { 'content-type': 'application/x-stream' }, payload })).json() as unknown
  t.match(await body('/read', Buffer.alloc(65_536, 'x')), { length: 65_536 })
  t.match(await body('/read', Buffer.alloc(5_000_000, 'x')), { length: 5_000_000 })
})
