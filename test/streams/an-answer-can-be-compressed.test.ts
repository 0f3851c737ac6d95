import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/compressed.js'
import { createCounts, ended } from './fixtures/producers.js'

const decompress = { gzip: gunzipSync, br: brotliDecompressSync }

async function ask (url: string, encoding: string): Promise<IncomingMessage> {
  const request = get(url, { agent: false, headers: { 'accept-encoding': encoding } })
  request.on('error', () => {})
  const [response] = await once(request, 'response') as [IncomingMessage]
  return response
}

async function read (url: string, encoding: 'gzip' | 'br') {
  const response = await ask(url, encoding)
  const { date, ...headers } = response.headers
  const bytes = await buffer(response)
  return { status: response.statusCode, headers, bytes, text: String(decompress[encoding](bytes)) }
}

t.test('in an app with @fastify/compress', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })

  await t.test('it makes of the answer of a blocking route what it makes of the same on the loop', async (t) => {
    for (const [payload, status] of [['readable', 200], ['webStream', 200], ['response', 201], ['text', 200]] as const) {
      for (const encoding of ['gzip', 'br'] as const) {
        const onLoop = await read(`${origin}/loop/${payload}`, encoding)
        const before = app.blocking.stats().run.count
        const inWorker = await read(`${origin}/worker/${payload}`, encoding)
        t.match(onLoop, { status, headers: { 'content-encoding': encoding } }, `${payload}, on the loop`)
        t.ok(onLoop.text.length > 10_000 && onLoop.bytes.length < onLoop.text.length / 5)
        t.strictSame(inWorker, onLoop, `${payload}, ${encoding}`)
        t.equal(app.blocking.stats().run.count - before, 1)
      }
    }
  })

  await t.test('a client that hangs up ends a producer whose answer is compressed', async (t) => {
    Atomics.store(counts, ended, 0)
    const { completed } = app.blocking.stats()
    const response = await ask(`${origin}/worker/endless`, 'gzip')
    response.on('error', () => {})
    await once(response, 'readable')
    t.equal(response.headers['content-encoding'], 'gzip')
    t.equal(app.blocking.stats().threads.busy, 1)
    response.destroy()
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal(Atomics.load(counts, ended), 1)
    t.match(app.blocking.stats(), { killed: 0, failed: 0, clientGone: 1, completed })
  })
})
