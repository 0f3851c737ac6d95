import { PassThrough } from 'node:stream'
import t from 'tap'
import { until } from '../support/until.js'
import { build, workers } from './fixtures/boots-late.js'

const createCells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8))

function collectLines (stream: PassThrough): { msg: string, err: { code: string, message: string } }[] {
  const lines: ReturnType<typeof collectLines> = []
  stream.on('data', (line: Buffer) => lines.push(JSON.parse(line.toString())))
  return lines
}

const post = { method: 'POST', url: '/json', payload: { a: 1 } } as const

t.test('minThreads: 0: the first worker boots with the first blocking request', async (t) => {
  const cells = createCells()
  const app = await build({ cells })
  t.teardown(() => app.close())
  await app.ready()
  t.match(app.blocking.stats().threads, { starting: 0, live: 0 })
  t.match(app.blocking.printPlan('POST', '/json'), 'loop: no worker has booted yet')
  t.same((await app.inject(post)).json(), { isWorker: true, body: { a: 1 } })
  t.match(app.blocking.stats().threads, { live: 1 })
  t.match(app.blocking.printPlan('POST', '/json'), 'worker, read by the loop')
  t.same((await app.inject(post)).json(), { isWorker: true, body: { a: 1 } })
})

t.test('minThreads: 0: a server without a request closes without a worker', async (t) => {
  const cells = createCells()
  const app = await build({ cells })
  await app.ready()
  await app.close()
  t.equal(Atomics.load(cells, workers), 0)
})

t.test('minThreads: 0: a worker that parses otherwise gets what the loop has parsed', async (t) => {
  const app = await build({ cells: createCells(), breaks: 'parses' })
  t.teardown(() => app.close())
  for (let count = 0; count < 2; count++) {
    t.same((await app.inject(post)).json(), { isWorker: true, body: { a: 1 } })
  }
  t.match(app.blocking.printPlan('POST', '/json'), 'content type parser application/json is only in the worker')
})

for (const [breaks, code] of [['throws', 'FST_BLOCKING_BOOT_FAILED'], ['differs', 'FST_BLOCKING_DIFFERENT_APP']] as const) {
  t.test(`minThreads: 0: who waits for the first worker is refused if it cannot boot, and the log says why: ${breaks}`, async (t) => {
    const stream = new PassThrough()
    const lines = collectLines(stream)
    const app = await build({ cells: createCells(), breaks, stream })
    t.teardown(() => app.close())
    await app.ready()
    const [one, other] = await Promise.all([app.inject(post), app.inject(post)])
    t.match(one.json(), { statusCode: 503, code: 'FST_BLOCKING_NO_WORKER', message: 'POST /json: no worker could build the app' })
    t.equal(other.statusCode, 503)
    t.match(lines.find(({ msg }) => msg.includes('a worker failed to start')), { err: { code } })
  })
}

t.test('minThreads: 0: so it is when all workers have idled, and the next one cannot boot', async (t) => {
  const cells = createCells()
  const app = await build({ cells, breaks: 'throws', from: 2, idleTimeout: 1 })
  t.teardown(() => app.close())
  t.equal((await app.inject(post)).statusCode, 200)
  await until('the worker has left', () => Object.values(app.blocking.stats().threads).every((count) => count === 0))
  t.match((await app.inject(post)).json(), { statusCode: 503, code: 'FST_BLOCKING_NO_WORKER' })
})

t.test('ready() waits for one worker, and a further one boots when requests wait', async (t) => {
  const cells = createCells()
  const app = await build({ cells, minThreads: 1, maxThreads: 2 })
  t.teardown(() => app.close())
  await app.ready()
  t.match(app.blocking.stats().threads, { starting: 0, live: 1 })
  const held = app.inject('/hold')
  await until('the first one is busy', () => app.blocking.stats().threads.busy === 1)
  t.same((await app.inject(post)).json(), { isWorker: true, body: { a: 1 } })
  t.equal(app.blocking.stats().threads.live, 2)
  Atomics.store(cells, 1, 1)
  Atomics.notify(cells, 1)
  await held
})

t.test('a further worker that builds another app than the first one is not used', async (t) => {
  const cells = createCells()
  const stream = new PassThrough()
  const lines = collectLines(stream)
  const app = await build({ cells, breaks: 'differs', from: 2, minThreads: 1, maxThreads: 2, stream })
  t.teardown(() => app.close())
  await app.ready()
  const held = app.inject('/hold')
  await until('the first one is busy', () => app.blocking.stats().threads.busy === 1)
  const waiting = app.inject(post)
  await until('the second one has been refused', () => lines.some(({ err }) => err.code === 'FST_BLOCKING_DIFFERENT_APP'))
  t.equal(app.blocking.stats().threads.live, 1)
  Atomics.store(cells, 1, 1)
  Atomics.notify(cells, 1)
  await held
  t.same((await waiting).json(), { isWorker: true, body: { a: 1 } })
})
