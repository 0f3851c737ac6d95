import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { send } from '../support/hang-up.js'
import { until, untilExists } from '../support/until.js'
import { build } from './fixtures/holding.js'
import { Logged } from './logged.js'

interface Answer {
  status: number
  body: Record<string, unknown>
}

async function get (app: FastifyInstance, url: string): Promise<Answer> {
  const response = await app.inject(url)
  return { status: response.statusCode, body: response.json() }
}

const logged = new Logged()
const app = await build({ stream: logged.stream })
t.teardown(() => app.close())
await app.ready()

/** Holds the loop in as many requests as make a route move. */
async function move (app: FastifyInstance, route: string): Promise<void> {
  for (let number = 0; number < 4; number++) await app.inject(`${route}?holds`)
}

const onLoop = { status: 200, body: { isMainThread: true } }

const uncrossing = {
  '/property': 'request.user.socket is an instance of MockSocket',
  '/account': 'request.accounts.get(ada).list[0] is an instance of Account',
  '/getter': 'request.getter.broken is a getter that throws',
  '/headers': 'request.headers.x-function is a function',
  '/tool': 'dependencies.tool.use is a function'
}

for (const [route, what] of Object.entries(uncrossing)) {
  t.test(`${route} keeps answering, on the loop, and says once that ${what}`, async (t) => {
    const count = logged.lines.length
    for (let number = 0; number < 30; number++) t.same(await get(app, `${route}?holds`), onLoop)
    const lines = logged.lines.slice(count)
    t.match(lines[0], `GET ${route} held the event loop`)
    t.match(lines[1], `GET ${route} runs on the event loop from now on, for good, since it cannot run in a worker: ${what}`)
    t.match(lines[1], /; mark it blocking: false$/)
    t.equal(lines.length, 2)
    t.match(app.blocking.plan('GET', route), { handler: 'loop', reason: 'measured' })
  })
}

t.test('an error of the handler is answered as ever where the loop answers instead', async (t) => {
  for (let number = 0; number < 6; number++) {
    t.match(await get(app, '/property/throws?holds'), { status: 418, body: { message: 'by the handler' } })
  }
})

t.test('a body that is a stream is there for the loop, which answers instead', async (t) => {
  for (const length of [10, 300_000]) {
    const app = await build()
    t.teardown(() => app.close())
    for (let number = 0; number < 6; number++) {
      const { body } = await app.inject({ method: 'POST', url: '/property/stream?holds', headers: { 'content-type': 'application/x-stream' }, payload: Buffer.alloc(length) })
      t.same(JSON.parse(body), { isMainThread: true, length })
    }
  }
})

t.test('so is one that nobody has read, and that has come with its head', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  for (let number = 0; number < 6; number++) {
    const response = await fetch(`${origin}/property/unread?holds`, { method: 'POST', headers: { 'content-type': 'application/x-unread' }, body: 'a body' })
    t.same(await response.json(), { isMainThread: true, length: 6 })
  }
})

t.test('a handler that needs the socket fails once, and its route is on the loop from then on', async (t) => {
  await move(app, '/raw')
  t.match(await get(app, '/raw'), { status: 500, body: { code: 'FST_BLOCKING_LOOP_ONLY' } })
  t.match(logged.lines.at(-1), /^GET \/raw runs on the event loop from now on, for good, .*reply\.raw\.addTrailers\(\) needs the main thread/)
  for (let number = 0; number < 30; number++) t.same(await get(app, '/raw?holds'), onLoop)
})

t.test('a handler that takes over the response is never moved', async (t) => {
  const count = logged.lines.length
  for (let number = 0; number < 30; number++) t.same(await get(app, '/hijacked?holds'), onLoop)
  t.equal(logged.lines.length, count)
})

t.test('so does one that ends its thread', async (t) => {
  await move(app, '/exits')
  t.match(await get(app, '/exits'), { status: 500, body: { code: 'FST_BLOCKING_THREAD_LOST' } })
  t.match(logged.lines.at(-1), /^GET \/exits runs on the event loop from now on, for good, .*its worker thread ended/)
  for (let number = 0; number < 30; number++) t.same(await get(app, '/exits?holds'), onLoop)
})

t.test('and one whose answer has what hooks of the loop could not be given', async (t) => {
  await move(app, '/answer')
  t.same(await get(app, '/answer'), { status: 200, body: { isMainThread: false } })
  t.match(logged.lines.at(-1), /^GET \/answer runs on the event loop from now on, for good, .*request\.socket2 is a function/)
  t.same(await get(app, '/answer'), onLoop)
})

/** An app whose only worker is busy until the test is over, and a route that has moved there before. */
async function occupy (t: Test, queue: object): Promise<{ app: FastifyInstance, logged: Logged, close: () => Promise<void> }> {
  const logged = new Logged()
  const app = await build({ stream: logged.stream, queue })
  // Not a test's own folder, which is removed before the request that waits for the file has ended.
  const folder = mkdtempSync(join(tmpdir(), 'occupied-'))
  const [begun, end] = [join(folder, 'begun'), join(folder, 'end')]
  await move(app, '/plain')
  const stuck = app.inject({ url: '/stuck', query: { begun, end } })
  await untilExists(begun)
  let closed: Promise<unknown> | undefined
  const close = async (): Promise<void> => {
    if (closed === undefined) writeFileSync(end, '')
    closed ??= Promise.all([stuck, app.close()]).then(() => rmSync(folder, { recursive: true }))
    await closed
  }
  t.teardown(close)
  return { app, logged, close }
}

t.test('a route that has moved is answered on the loop where the queue is full, and stays in workers', async (t) => {
  const { app, logged } = await occupy(t, { max: 0 })
  for (let number = 0; number < 5; number++) t.same(await get(app, '/plain'), onLoop)
  t.equal(app.blocking.plan('GET', '/plain').handler, 'worker')
  t.match(await get(app, '/marked'), { status: 503, body: { code: 'FST_BLOCKING_QUEUE_FULL' } }, 'while one that is marked is refused')
  t.match(logged.lines.slice(1), [/^GET \/plain: 0 requests wait for a worker already; .* GET \/plain is measured, so such requests are answered on the event loop/])
  t.equal(logged.lines.length, 2)
})

t.test('and where no worker was free in time', async (t) => {
  const { app, logged } = await occupy(t, { timeout: 1 })
  t.same(await get(app, '/plain'), onLoop)
  t.match(logged.lines.at(-1), /^GET \/plain: no worker was free/)
})

t.test('and where it waits for a worker when the server closes', async (t) => {
  const { app, close, logged } = await occupy(t, {})
  const answer = get(app, '/plain')
  await until('the request waits', () => app.blocking.stats().queue === 1)
  const closed = app.close()
  t.same(await answer, onLoop)
  await close()
  await closed
  t.equal(logged.lines.length, 1, 'which is not logged')
})

t.test('a client that hangs up while its request waits leaves nothing behind', async (t) => {
  const { app } = await occupy(t, {})
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = await send(Number(port), '/plain')
  await until('the request waits', () => app.blocking.stats().queue === 1)
  socket.destroy()
  await until('it does not wait any more', () => app.blocking.stats().queue === 0)
  t.equal(app.blocking.stats().routes['GET /plain']?.clientGone, 1)
  t.same(await Promise.race([get(app, '/kept'), get(app, '/plain')]), onLoop)
})
