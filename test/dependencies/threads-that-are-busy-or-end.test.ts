import t, { type Test } from 'tap'
import { get } from '../support/get.js'
import { Journal } from '../support/journal.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'
import { build as buildWithConnection } from './fixtures/one-connection.js'

/** An app whose only thread has as many requests as it takes, until each of `first` lets its own go. */
async function occupy (t: Test, queue: { max?: number, timeout: number }, concurrency: number) {
  const app = await build({ only: ['w', 'lwl'], plugin: { queue, grace: 100_000, pool: { concurrentTasksPerWorker: concurrency } } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const first = Array.from({ length: concurrency }, () => new Journal())
  const running = first.map((journal) => get(`${origin}/w/blockingAsync${journal.query({ handler: { run: 'wait' } })}`))
  for (const journal of first) await journal.begun('handler', 'run')
  return { app, origin, first, running }
}

const refused = ['open l0', /^l0 was thrown/, 'close l0', /^error handler/]

t.test('requests are refused with a generator open on the loop, which is ended before', async (t) => {
  const { app, origin, first, running } = await occupy(t, { max: handlers.length, timeout: 100_000 }, handlers.length)
  const second = handlers.map(() => new Journal())
  const waiting = handlers.map((handler, index) => get(`${origin}/lwl/${handler}${second[index]!.query()}`))
  await until('all wait', () => app.blocking.stats().queue === handlers.length)

  for (const handler of handlers) {
    const third = new Journal()
    const full = await get(`${origin}/lwl/${handler}${third.query()}`)
    t.match(full, { status: 503, body: { code: 'FST_BLOCKING_QUEUE_FULL' } }, handler)
    t.match(third.read(), refused, handler)
  }

  // What runs is finished, who waits is refused.
  const closed = app.close()
  for (const [index, handler] of handlers.entries()) {
    t.match(await waiting[index], { status: 503, body: { code: 'FST_BLOCKING_CLOSING' } }, handler)
    t.match(second[index]!.read(), refused, handler)
  }
  for (const [index, journal] of first.entries()) {
    journal.go()
    t.match(await running[index], { status: 200 })
  }
  await closed
  for (const journal of first) t.same(journal.read(), ['open w0', 'handle', 'close w0'])
})

t.test('the server closes while requests are on their way: they are finished', async (t) => {
  const app = await build({ only: ['lwl'], plugin: { grace: 100_000, pool: { concurrentTasksPerWorker: handlers.length } } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const journals = handlers.map(() => new Journal())
  const running = handlers.map((handler, index) => get(`${origin}/lwl/${handler}${journals[index]!.query({ l2: { open: 'wait' } })}`))
  for (const journal of journals) await journal.begun('l2', 'open')
  const closed = app.close()
  for (const [index, handler] of handlers.entries()) {
    journals[index]!.go()
    t.match(await running[index], { status: 200 }, handler)
  }
  await closed
  for (const [index, handler] of handlers.entries()) {
    t.same(journals[index]!.read(), ['open l0', 'open w1', 'open l2', 'handle', 'close l2', 'close w1', 'close l0'], handler)
  }
})

t.test('a request has waited for too long', async (t) => {
  const { origin, first, running } = await occupy(t, { timeout: 50 }, 1)
  for (const handler of handlers) {
    const second = new Journal()
    t.match(await get(`${origin}/lwl/${handler}${second.query()}`), { status: 503, body: { code: 'FST_BLOCKING_QUEUE_TIMEOUT' } }, handler)
    t.match(second.read(), refused)
  }
  first[0]!.go()
  t.match(await running[0], { status: 200 })
})

// Where each dependency waits for a thread of its own, those who have the connection wait for threads, and those who have
// the threads wait for the connection.
t.test('200 requests with two threads and one connection are all answered', async (t) => {
  const app = await buildWithConnection()
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const path of ['/loop/true', '/loop/false', '/worker/true', '/worker/false']) {
    const answers = await Promise.all(Array.from({ length: 200 }, async () => {
      const response = await fetch(origin + path)
      return { status: response.status, body: await response.json() as { user: { isWorker: boolean } } }
    }))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]), path)
    t.same(new Set(answers.map(({ body }) => body.user.isWorker)), new Set([path.startsWith('/worker')]))
  }
  t.match(app.blocking.stats(), { completed: 800, ...onlyCompleted, killed: 0, queue: 0, threads: { busy: 0 } })
})

t.test('a thread ends in the midst of a request: 500, and what is open on the loop is ended', async (t) => {
  // While one thread takes the place of the last, the other has the next request.
  const app = await build({ only: ['lwlw'], plugin: { pool: { minThreads: 2, maxThreads: 2 } } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const handler of handlers) {
    const places: Array<[name: string, step: string]> = [['w1', 'open'], ['w3', 'open'], ['w3', 'close'], ['w1', 'close']]
    if (handler.startsWith('blocking')) places.push(['handler', 'run'])
    for (const [name, step] of places) {
      await until('there is a thread', () => app.blocking.stats().threads.live > 0)
      const journal = new Journal()
      const response = await fetch(`${origin}/lwlw/${handler}${journal.query({ [name]: { [step]: 'exit' } })}`)
      t.equal(response.status, 500, `${handler} ${name}.${step}`)
      t.match(await response.json(), { code: 'FST_BLOCKING_THREAD_LOST', handled: /exited with code 3/ })
      const onLoop = (what: string): string[] => journal.read().filter((line) => line.startsWith(`${what} l`)).map((line) => line.slice(-2))
      t.same(onLoop('close'), onLoop('open').reverse(), `before the answer, last in, first out: ${handler} ${name}.${step}`)
    }
    await until('the pool is back', () => app.blocking.stats().threads.live === 2)
    t.match(app.blocking.stats(), { killed: 0, queue: 0, threads: { busy: 0 } })
  }
})

t.test('a thread ends while its request is on the loop: 500, and no later answer', async (t) => {
  const app = await build({ only: ['lwlw', 'w'], plugin: { pool: { concurrentTasksPerWorker: 2 } } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const handler of ['async', 'send']) {
    for (const [name, step] of [['handler', 'run'], ['l2', 'open']] as const) {
      await until('there is a thread', () => app.blocking.stats().threads.live === 1)
      const journal = new Journal()
      const response = fetch(`${origin}/lwlw/${handler}${journal.query({ [name]: { [step]: 'wait' } })}`)
      await journal.begun(name, step)
      t.equal((await fetch(`${origin}/w/blocking${new Journal().query({ w0: { open: 'exit' } })}`)).status, 500)
      t.equal((await response).status, 500, `${handler} ${name}.${step}`)
      t.match(await (await response).json(), { code: 'FST_BLOCKING_THREAD_LOST' })
      journal.go()
      const count = (what: string): number => journal.read().filter((line) => line.startsWith(what)).length
      await until(`the loop's are ended: ${journal.read().join()}`, () => count('close l') === count('open l'))
      t.same(journal.read().filter((line) => line.startsWith('close')), ['close l2', 'close l0'], `${handler} ${name}.${step}`)
    }
  }
})
