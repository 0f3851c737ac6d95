import { once } from 'node:events'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import { connect } from 'node:http2'
import { json, text } from 'node:stream/consumers'
import t from 'tap'
import { Listening } from '../fuzz/connection.js'
import * as rawProperties from './apps/raw-properties.js'
import * as rawRequest from './apps/raw-request.js'
import * as rawResponse from './apps/raw-response.js'
import { compare, serveBoth } from './compare.js'

interface Sent extends RequestOptions {
  trailers?: [string, string][]
  body?: string
}

async function ask (origin: string, { trailers, body, ...options }: Sent): Promise<unknown> {
  const sent = request(origin, { agent: false, setHost: false, ...options })
  if (body !== undefined) sent.write(body)
  if (trailers !== undefined) sent.addTrailers(trailers)
  sent.end()
  const [response] = await once(sent, 'response') as [IncomingMessage]
  return { status: response.statusCode, body: await json(response) }
}

const asked = await serveBoth(t, rawRequest.build)

t.test('headers and trailers of a request are in a worker what they are on the loop', async (t) => {
  const [loop, worker] = [asked.loop, asked.worker].map(({ app }) => app.listeningOrigin)
  const chunked = { method: 'POST', headers: { Host: 'a', Trailer: 'X-Sum, x-other', 'Content-Type': 'application/json', 'transfer-encoding': 'chunked' } }
  const trailers: [string, string][] = [['X-Sum', '1'], ['x-other', 'a'], ['X-OTHER', 'b']]
  const cases: Record<string, Sent> = {
    'names as they were written': { path: '/', headers: { HOST: 'a', 'X-Mixed-Case': 'b', accept: 'c', Zulu: '', 'x-utf': 'ä' } },
    'several of one name': { path: '/', headers: ['Host', 'a', 'Accept', 'a', 'accept', 'b', 'Cookie', 'a=1', 'cookie', 'b=2', 'X-A', '1', 'x-a', '2', 'User-Agent', 'c', 'user-agent', 'd'] },
    'what looks like a prototype': { path: '/', headers: ['Host', 'a', '__proto__', 'x', 'constructor', 'y', 'ToString', 'z'] },
    'changed by a hook': { path: '/changed', headers: { Host: 'a', Accept: 'b' } },
    'changed by a schema': { path: '/schema', headers: { Host: 'a', 'X-Number': '12' } },
    'the time since it came': { path: '/elapsed', headers: { Host: 'a' } },
    'the time that nobody measures': { path: '/not-measured', headers: { Host: 'a' } },
    'trailers of a body that was parsed': { ...chunked, path: '/', trailers, body: '{"a":1}' },
    'trailers of a body that is a stream': { ...chunked, headers: { ...chunked.headers, 'Content-Type': 'text/stream' }, path: '/stream', trailers, body: 'text' },
    'no trailers of a stream': { ...chunked, headers: { Host: 'a', 'Content-Type': 'text/stream', 'transfer-encoding': 'chunked' }, path: '/stream', body: 'text' }
  }
  for (const [title, sent] of Object.entries(cases)) {
    const onLoop = await ask(loop!, sent)
    t.match(onLoop, { status: 200 }, title)
    t.same(await ask(worker!, sent), onLoop, title)
  }
})

t.test('of HTTP/2 too', async (t) => {
  const answers: unknown[][] = []
  for (const blocking of [false, true]) {
    const app = await rawRequest.build({ blocking, server: { http2: true } })
    const client = connect(await app.listen({ host: '127.0.0.1', port: 0 }))
    t.teardown(async () => {
      client.destroy()
      await app.close()
    })
    const found: unknown[] = []
    for (const path of ['/', '/schema', '/changed', '/http2']) {
      const stream = client.request({ ':path': path, ':authority': 'app.test', 'x-number': '1', cookie: ['a=1', 'b=2'], accept: 'x' })
      found.push(await text(stream))
    }
    answers.push(found)
  }
  const [[...loop], [...worker]] = answers as [string[], string[]]
  loop.pop()
  t.match(worker.pop(), /"FST_BLOCKING_LOOP_ONLY".*request\.raw\.stream/)
  t.same(worker.map((one) => JSON.parse(one)), loop.map((one) => JSON.parse(one)))
})

t.test('what needs the socket is refused where it is touched', async (t) => {
  for (const [index, what] of Object.keys(rawRequest.refused).entries()) {
    const { status, body } = await asked.worker.send({ path: `/refused/${index}` })
    t.match([status, body.toString()], [500, /"FST_BLOCKING_LOOP_ONLY"/], what)
  }
})

t.test('what a handler does to the raw response is the same on the wire, byte by byte', async (t) => {
  const [loop, worker] = [new Listening(await rawResponse.build({ blocking: false })), new Listening(await rawResponse.build({ blocking: true }))]
  t.teardown(() => Promise.all([loop, worker].map(({ app }) => app.close())))
  await Promise.all([loop.open(), worker.open()])
  let visits = 0
  for (const prefix of rawResponse.prefixes) {
    for (const [index, title] of Object.keys(rawResponse.handlers).entries()) {
      const request = Buffer.from(`GET ${prefix}/${index} HTTP/1.1\r\nhost: app.test\r\n\r\n`)
      const { text } = await loop.talk(request)
      t.match(text, /^HTTP\/1\.1 (200|201|204|299|500) /, `${title}: answered on the loop`)
      t.equal((await worker.talk(request)).text, text, `${prefix} ${title}`)
      t.equal(worker.app.blocking.stats().run.count, ++visits, `${title}: by a worker`)
    }
  }
})

const extended = await serveBoth(t, rawProperties.build)

t.test('what is put on the raw request and the raw response is there, on both sides', async (t) => {
  await compare(t, extended, Object.keys(rawProperties.values).flatMap((value, index) => Object.keys(rawProperties.handlers).map((handler, number) => (
    { title: `${value}, and the handler: ${handler}`, path: `/${index}/${number}` }
  ))))
})

t.test('what cannot cross throws where it is touched, and not before', async (t) => {
  for (const [index, title] of Object.keys(rawProperties.withheld).entries()) {
    const prefix = `/${Object.keys(rawProperties.values).length + index}`
    for (const what of ['request', 'reply']) {
      const { status, body } = await extended.worker.send({ path: `${prefix}/${what}` })
      t.equal(status, 500, `${title} on the ${what}`)
      t.match(body.toString(), new RegExp(`"FST_BLOCKING_NOT_CLONEABLE".*${what}\\.raw\\.${what === 'request' ? 'user' : 'locals'}`))
    }
    t.equal((await extended.worker.send({ path: `${prefix}/untouched` })).status, 200)
  }
})

t.test('what replaces methods of the raw response stays on the loop', async (t) => {
  await compare(t, extended, [{ title: 'writeHead and end', path: '/patched' }])
})

t.test('what a handler sets of Node\'s own on the raw response counts', async (t) => {
  await compare(t, extended, [{ title: 'shouldKeepAlive', path: '/kept-alive' }])
})
