import { once } from 'node:events'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import { connect } from 'node:http2'
import { json, text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { build, refused } from './apps/raw-request.js'
import { serve } from './compare.js'

t.setTimeout(120_000)

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

async function serveBoth (t: Test): Promise<string[]> {
  const both = [await serve(t, build, false), await serve(t, build, true)]
  return both.map(({ app }) => app.listeningOrigin)
}

t.test('headers and trailers of a request are in a worker what they are on the loop', async (t) => {
  const [loop, worker] = await serveBoth(t)
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
    const app = await build({ blocking, server: { http2: true } })
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
  const { send } = await serve(t, build, true)
  for (const [index, what] of Object.keys(refused).entries()) {
    const { status, body } = await send({ path: `/refused/${index}` })
    t.match([status, body.toString()], [500, /"FST_BLOCKING_LOOP_ONLY"/], what)
  }
})
