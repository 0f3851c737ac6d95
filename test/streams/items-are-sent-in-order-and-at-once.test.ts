import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { EventSource } from 'undici'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build } from './fixtures/item-streams.js'
import { chunks, closed, createCounts } from './fixtures/producers.js'

const counts = createCounts()
const app = await build({ counts })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

for (const side of ['worker', 'loop']) {
  for (const kind of ['sync', 'async']) {
    t.test(`an EventSource gets all events in order, and goes on after the last when it connects again: ${side}, ${kind}`, async (t) => {
      const source = new EventSource(`${origin}/${side}/numbered/${kind}`)
      t.teardown(() => source.close())
      const seen: [string, unknown][] = []
      source.addEventListener('message', ({ lastEventId, data }) => { seen.push([lastEventId, JSON.parse(data)]) })
      const [{ data, lastEventId }] = await once(source, 'end') as [{ data: string, lastEventId: string }]
      t.same(seen, [1, 2, 3, 4].map((number) => [String(number), { number }]))
      t.same([data, lastEventId], ['bye\nfor good', '4'])
    })
  }

  t.test(`JSON lines: ${side}`, async (t) => {
    const response = await fetch(`${origin}/${side}/lines`)
    t.match(Object.fromEntries(response.headers), { 'content-type': 'application/x-ndjson', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
    t.equal(await response.text(), '"a\\nb"\n1\nnull\n{"percent":5}\n')
  })

  t.test(`headers that the reply has are kept, but for the content type: ${side}`, async (t) => {
    t.match((await app.inject(`/${side}/sent`)).headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
    t.match((await app.inject(`/${side}/headers`)).headers, { 'content-type': 'text/event-stream', 'cache-control': 'private', 'x-accel-buffering': 'yes' })
  })

  t.test(`the stream may be given to reply.send(), and a HEAD request has its headers alone: ${side}`, async (t) => {
    t.equal((await app.inject(`/${side}/sent`)).body, 'data: null\n\n')
    const head = await app.inject({ method: 'HEAD', url: `/${side}/sent` })
    t.equal(head.headers['content-type'], 'text/event-stream')
    t.equal(head.body, '')
  })
}

t.test('each event has left before a worker computes the next one', async (t) => {
  const socket = await send(port, '/worker/computing')
  let text = ''
  socket.on('data', (data: Buffer) => { text += data })
  await until('it computes', () => Atomics.load(counts, chunks) === 1)
  await until('both have come', () => text.includes('data: second\n\n'))
  t.match(text, /data: first\n\n/)
  t.notMatch(text, /last/)
  Atomics.store(counts, closed, 1)
  Atomics.notify(counts, closed)
  await until('all has come', () => text.endsWith('0\r\n\r\n'))
  t.match(text, /data: last\n\n/)
  socket.destroy()
})

t.test('each event has left before the loop computes the next one', async (t) => {
  t.equal(await (await fetch(`${origin}/loop/turns`)).text(), 'data: first\n\ndata: true\n\n')
})
