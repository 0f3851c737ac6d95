import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until, untilExists } from '../support/until.js'
import { build } from './fixtures/visits.js'

interface Answer { first: number, inVisit: number[], third?: number, handler?: number }
type App = FastifyInstance & { calledBack: { first: number, thread: number }[] }

const app = await build() as App
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

for (const path of ['/resolve', '/handle', '/dispose', '/asks']) {
  t.test(`${path}: a function that is offloaded while the request holds a visit runs on the thread of its blocking dependency`, async (t) => {
    const before = app.blocking.stats().completed
    app.calledBack.length = 0
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await app.inject(path)).json() as Answer))
    for (const { first, inVisit, ...others } of answers) {
      t.ok(inVisit.length > 0)
      for (const thread of [...inVisit, ...Object.values(others)]) t.equal(thread, first)
    }
    for (const { first, thread } of app.calledBack) t.equal(thread, first, 'in a teardown too')
    t.equal(app.calledBack.length, ['/resolve', '/dispose'].includes(path) ? 20 : 0)
    t.equal(new Set(answers.map(({ first }) => first)).size, 2, 'on both threads')

    const { routes, completed } = app.blocking.stats()
    t.match(routes[`GET ${path}`], { completed: 20, wait: { count: 20 } })
    t.same(Object.keys(routes).filter((name) => name.startsWith('offload ')), [], 'admitted once, with the request')
    t.equal(completed - before, 20)
  })
}

// Where each call waits for a thread of its own, those who have the threads wait for threads.
t.test('100 requests with two threads, each of which offloads while it holds one, are all answered', async (t) => {
  const before = app.blocking.stats().completed
  const paths = ['/resolve', '/handle', '/dispose', '/asks']
  for (const path of paths) {
    const answers = await Promise.all(Array.from({ length: 100 }, async () => {
      const response = await fetch(origin + path)
      const { first, inVisit } = await response.json() as { first: number, inVisit: number[] }
      return { status: response.status, isOneThread: inVisit.every((thread) => thread === first) }
    }))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]), path)
    t.same(new Set(answers.map(({ isOneThread }) => isOneThread)), new Set([true]), path)
  }
  t.match(app.blocking.stats(), { completed: before + 400, ...onlyCompleted, killed: 0, queue: 0, threads: { busy: 0 } })
})

t.test('one that is left running when the visit ends keeps its place until it has ended', async (t) => {
  const app = await build({ plugin: { pool: { minThreads: 1, maxThreads: 1 } } }) as App
  t.teardown(() => app.close())
  await app.ready()
  for (let count = 1; count <= 5; count++) {
    const { first } = (await app.inject('/left')).json() as Answer
    await until('it has ended', () => app.calledBack.length === count)
    t.equal(app.calledBack.at(-1)?.thread, first)
  }
  t.match(app.blocking.stats(), { queue: 0, threads: { busy: 0, live: 1 }, killed: 0 })

  const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await app.inject('/left')).statusCode))
  t.same(statuses, [200, 200, 200, 200, 200], 'who has waited for the place has it then')
  await until('all have ended', () => app.calledBack.length === 10)
})

t.test('one that is over its own limit there fails, and a thread that does not end it is replaced', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ limit: held, plugin: { grace: held, pool: { minThreads: 1, maxThreads: 1 } } }) as App
  t.teardown(() => app.close())
  const gate = join(t.testdir(), 'gate')
  const answer = app.inject({ url: '/over-time', query: { gate } }).then()
  await untilExists(gate)
  await limit.runOut()
  const response = await answer
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'FST_BLOCKING_TIMEOUT', message: /^offload failing: / })
  await limit.runOut()
  t.equal((await app.inject('/handle')).statusCode, 200)
  t.match(app.blocking.stats(), { killed: 1, threads: { busy: 0 } })
})

t.test('one sees there what the request is told', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ limit: held }) as App
  t.teardown(() => app.close())
  const gate = join(t.testdir(), 'gate')
  const answer = app.inject({ url: '/hears', query: { gate } }).then()
  await untilExists(gate)
  await limit.runOut()
  t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT', message: /^GET \/hears: / })
  await until('it has noted the reason', () => readFileSync(gate, 'utf8') === 'FST_BLOCKING_TIMEOUT')
  t.equal(app.blocking.stats().killed, 0)
})

t.test('also when the request has ended before its thread comes to look', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ limit: held }) as App
  t.teardown(() => app.close())
  const directory = t.testdir()
  const [gate, busyUntil] = [join(directory, 'gate'), join(directory, 'go')]
  const answer = app.inject({ url: '/hears', query: { gate, busyUntil } }).then()
  await untilExists(gate)
  await limit.runOut()
  t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT' })
  writeFileSync(busyUntil, '')
  await until('it has noted the reason', () => readFileSync(gate, 'utf8') === 'FST_BLOCKING_TIMEOUT')
  await until('its place is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(app.blocking.stats().killed, 0)
})
