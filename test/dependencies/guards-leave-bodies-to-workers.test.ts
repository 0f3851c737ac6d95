import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { until } from '../support/until.js'
import { beginPost } from '../support/upload.js'
import { build } from './fixtures/early-bodies.js'

const folder = t.testdir()
let count = 0

function journal () {
  const file = join(folder, String(++count))
  return {
    headers: { 'content-type': 'application/json', 'x-journal': file },
    read: (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  }
}

const app = await build()
t.teardown(() => app.close())
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

async function post (url: string, payload: string, more: Record<string, string> = {}) {
  const { headers, read } = journal()
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers: { ...headers, ...more } })
  return { statusCode, body: JSON.parse(body) as object, lines: read() }
}

const urls = ['/session', '/deferred', '/unread']

t.test('the worker parses bodies of routes whose guards are in onRequest', async (t) => {
  t.same(app.blocking.plan('POST', '/guard').body, { readBy: 'loop', parsedBy: 'worker' })
  t.same(app.blocking.plan('POST', '/session').body, { readBy: 'loop', parsedBy: 'worker' })
  t.match(app.blocking.plan('POST', '/late').body, { parsedBy: 'loop', because: 'the dependency POST /late → late, on the loop, can see it' })
  t.match(await post('/guard', '{"n":1}'), { statusCode: 200, body: { body: { n: 1 }, guard: { saw: 'undefined' } } })
  t.match(await post('/late', '{"n":1}'), { statusCode: 200, body: { late: { n: 1 } } })
  for (const url of urls) {
    t.match(await post(url, '{"n":1}'), { statusCode: 200, body: { body: { n: 1 }, session: { saw: 'undefined' } } }, url)
  }
})

t.test('guards come before what is wrong with a body, and generators are ended with it', async (t) => {
  const wrong = { '{"n":"x"}': 400, '{': 400, [JSON.stringify({ n: 1, x: 'x'.repeat(1000) })]: 413 }
  for (const url of ['/guard', ...urls]) {
    for (const [payload, status] of Object.entries(wrong)) {
      t.equal((await post(url, payload, { 'x-refuse': '1' })).statusCode, 401, url)
      const { statusCode, lines } = await post(url, payload)
      t.equal(statusCode, status, url)
      if (url !== '/guard') t.match(lines, ['open', /^fail FST_ERR_/], url)
    }
  }
  t.match(await post('/session', '{"n":13}'), { statusCode: 418, body: { message: 'unlucky' }, lines: ['open', 'fail unlucky'] })
})

t.test('a teardown can read the body, although the worker has parsed it', async (t) => {
  t.same((await post('/session', '{"n":1}')).lines, ['open', 'close {"n":1}'])
  // Memory of this length would be moved to the worker.
  const { headers, read } = journal()
  const response = await fetch(`http://127.0.0.1:${port}/long`, { method: 'POST', headers, body: JSON.stringify('x'.repeat(900_000)) })
  t.equal(await response.text(), '900000')
  t.match(read(), ['open', /^close "xxx/])
})

t.test('an upload that breaks off ends the generators', async (t) => {
  for (const url of urls) {
    const { headers, read } = journal()
    const socket = await beginPost(port, url, { ...headers, 'content-length': 100 })
    socket.write('{"n":')
    await until('the guard has let it in', () => read().includes('open'))
    socket.destroy()
    await until('the generator is ended', () => read().length > 1)
    t.match(read(), ['open', /^fail /], url)
  }
})

t.test('a request that the queue refuses ends the generators', async (t) => {
  const full = await build({ plugin: { queue: { max: 0 } } })
  t.teardown(() => full.close())
  await full.ready()
  const journals = Array.from({ length: 20 }, journal)
  const answers = await Promise.all(journals.map(({ headers }) => full.inject({ method: 'POST', url: '/session', payload: '{"n":1}', headers })))
  t.ok(answers.some(({ statusCode }) => statusCode === 200))
  t.ok(answers.some(({ statusCode }) => statusCode === 503))
  for (const [index, { statusCode }] of answers.entries()) {
    t.same(journals[index]!.read()[1], statusCode === 503 ? 'fail FST_BLOCKING_QUEUE_FULL' : 'close {"n":1}')
  }
})
