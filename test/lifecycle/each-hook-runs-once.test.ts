import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { request } from 'undici'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build } from './apps/counts.js'
import { type Case, type Served, serve, serveBoth } from './compare.js'

type Counts = Record<string, number>

declare module 'fastify' {
  interface FastifyInstance {
    over: NodeJS.EventEmitter
    begun: Int32Array
    takeCounts (): Counts
  }
}

interface Counted extends Omit<Case, 'status' | 'visits'> {
  loop: Counts
  worker: Counts
}

const incoming = { onRequest: 1, preParsing: 1, preValidation: 1, preHandler: 1 }
const outgoing = { onSend: 1, onResponse: 1 }
const around = { ...incoming, ...outgoing }
const failed = { onError: 1, errorHandler: 1, preSerialization: 1 }
const json = { 'content-type': 'application/json' }

const cases: Counted[] = [
  ...['object', 'later'].map((name): Counted => (
    { title: `an answer that is serialized: ${name}`, path: `/${name}`, loop: around, worker: { handler: 1, preSerialization: 1 } })),
  ...['text', 'bytes', 'long', 'awaited', 'nothing', 'redirect'].map((name): Counted => (
    { title: `an answer that is not serialized: ${name}`, path: `/${name}`, loop: around, worker: { handler: 1 } })),
  ...['thrown', 'rejected', 'null', 'undefined', 'sent-error'].map((name): Counted => (
    { title: `an error: ${name}`, path: `/${name}`, loop: around, worker: { handler: 1, ...failed } })),
  { title: 'HEAD', method: 'HEAD', path: '/object', loop: around, worker: { handler: 1, preSerialization: 1 } },
  { title: 'a body', method: 'POST', path: '/object', headers: json, body: '{}', loop: around, worker: { handler: 1, preSerialization: 1 } },
  { title: 'a body that does not fit', method: 'POST', path: '/object', headers: json, body: '[]', loop: { onRequest: 1, preParsing: 1, preValidation: 1, ...failed, ...outgoing }, worker: {} },
  { title: 'a body that cannot be parsed', method: 'POST', path: '/object', headers: json, body: '{', loop: { onRequest: 1, preParsing: 1, ...failed, ...outgoing }, worker: {} },
  { title: 'a hook that answers', path: '/answered', loop: { onRequest: 1, preParsing: 1, preValidation: 1, ...outgoing }, worker: {} },
  { title: 'a hook that refuses', path: '/refused', loop: { ...around, ...failed }, worker: {} },
  { title: 'a handler that calls the not-found handler', path: '/missing', loop: { ...around, preHandler: 2, notFoundHandler: 1 }, worker: { handler: 1 } },
  { title: 'a handler that is overdue', path: '/overdue', loop: { ...around, ...failed }, worker: { handler: 1 } }
]

/** Requests that hang up, and the hooks that end them. */
async function hangUp ({ app }: Served, path: string): Promise<void> {
  const controller = new AbortController()
  const ended = once(app.over, 'onRequestAbort')
  const begins = untilBegun(app)
  const answer = request(originOf(app) + path, { signal: controller.signal }).catch(() => {})
  await begins
  controller.abort()
  await answer
  await ended
}

/** Resolves when one more handler waits for an abort. */
async function untilBegun ({ begun }: FastifyInstance): Promise<void> {
  const before = Atomics.load(begun, 0)
  await until('the handler has begun', () => Atomics.load(begun, 0) > before)
}

function originOf (app: FastifyInstance): string {
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : ''
}

/** What the worker has counted; only where there is one. */
async function takeWorkerCounts (t: Tap, { send }: Served): Promise<Counts> {
  const { body } = await send({ path: '/counts' })
  const { isMainThread, counts } = JSON.parse(body.toString()) as { isMainThread: boolean, counts: Counts }
  t.equal(isMainThread, false, 'what is counted as the worker\'s is the worker\'s')
  return counts
}

type Tap = Parameters<typeof serve>[0]

async function count (t: Tap, loop: Served, worker: Served, one: Pick<Counted, 'title' | 'loop' | 'worker'>, act: (served: Served) => Promise<void>): Promise<void> {
  await act(loop)
  t.same(loop.app.takeCounts(), sum(one.loop, one.worker), `${one.title}: on the loop`)
  await act(worker)
  t.same(worker.app.takeCounts(), sum(one.loop, {}), `${one.title}: blocking, on the loop`)
  t.same(await takeWorkerCounts(t, worker), sum(one.worker, {}), `${one.title}: blocking, in the worker`)
}

function sum (one: Counts, other: Counts): Counts {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]).filter(([, times]) => times !== 0))
}

function named (prefix: string, counts: Counts): Counts {
  const hooks = Object.entries(counts).filter(([name]) => !/[hH]andler$/.test(name) || name === 'preHandler')
  return { ...counts, ...Object.fromEntries(hooks.map(([name, times]) => [prefix + name, times])) }
}

/** One is over its time limit when its handler has begun. */
async function send ({ app, send }: Served, one: Pick<Case, 'path' | 'method' | 'headers' | 'body'>): Promise<void> {
  const overdue = one.path.endsWith('/overdue') ? untilBegun(app).then(() => limit.runOut()) : undefined
  await send(one)
  await overdue
}

const limit = new HeldTimers(t)
const { loop, worker } = await serveBoth(t, ({ blocking }) => build({ blocking, handlerTimeout: held }))

t.test('each hook of a context runs once, on its side', async (t) => {
  for (const one of cases) {
    await count(t, loop, worker, one, async (served) => {
      const ended = once(served.app.over, 'onResponse')
      await send(served, { ...one, path: `/counted${one.path}` })
      await ended
    })
  }
})

t.test('each hook of a route runs once, on its side', async (t) => {
  const routed = cases.filter(({ path, method }) => method !== 'POST' && !['/answered', '/refused', '/missing'].includes(path))
  for (const one of routed) {
    const expected = { title: one.title, loop: named('route ', one.loop), worker: named('route ', one.worker) }
    await count(t, loop, worker, expected, async (served) => {
      const ended = once(served.app.over, 'route onResponse')
      await send(served, { ...one, path: `/counted/routed${one.path}` })
      await ended
    })
  }
})

t.test('when the client hangs up, onRequestAbort runs once, on the loop', async (t) => {
  const one = { title: 'hanging up', loop: { ...incoming, onRequestAbort: 1 }, worker: { handler: 1 } }
  await count(t, loop, worker, one, (served) => hangUp(served, '/counted/aborted'))
})

t.test('when the connection times out, onTimeout runs once, on the loop', async (t) => {
  const { loop, worker } = await serveBoth(t, ({ blocking }) => build({ blocking, connectionTimeout: 100_000 }))
  const one = { title: 'timing out', loop: { ...incoming, onTimeout: 1, onRequestAbort: 1 }, worker: { handler: 1 } }
  await count(t, loop, worker, one, async ({ app, send }) => {
    const ended = Promise.all([once(app.over, 'onTimeout'), once(app.over, 'onRequestAbort')])
    const connected = once(app.server, 'connection') as Promise<[Socket]>
    const begins = untilBegun(app)
    const rejected = t.rejects(send({ path: '/counted/aborted' }))
    const [socket] = await connected
    await begins
    // Of the connection that timeout is, in the end.
    socket.setTimeout(1)
    await rejected
    await ended
  })
})
