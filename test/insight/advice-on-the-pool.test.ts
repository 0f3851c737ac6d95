import t from 'tap'
import { type Processors, PoolWatch } from '../../dist/insight/pool-advice.js'

/** A pool that is looked at every 100 ms. */
class Pool {
  readonly watch: PoolWatch
  #at = 0
  readonly #processors: Processors = { idle: 0, all: 0 }

  constructor (minThreads: number, maxThreads: number, readonly capacity = maxThreads) {
    this.watch = new PoolWatch({ minThreads, maxThreads })
  }

  /** So many looks, at a machine of two processors of which this share is idle. */
  pass (looks: number, idle: number, tasks: { key: string, running: number, waiting: number }[], busyThreads?: number): void {
    for (let look = 0; look < looks; look++) {
      this.#at += 100
      this.#processors.all += 200
      this.#processors.idle += 200 * idle
      const busy = busyThreads ?? tasks.reduce((sum, { running }) => sum + running, 0)
      this.watch.look({ busy, capacity: this.capacity, tasks }, this.#at, () => ({ ...this.#processors }))
    }
  }

  get told (): string[] {
    return this.watch.read().map(({ text }) => text)
  }
}

t.test('where requests wait for some seconds while processors are idle there is room for more threads', async (t) => {
  const pool = new Pool(1, 1)
  pool.pass(30, 0.5, [{ key: 'GET /report', running: 1, waiting: 1 }])
  t.same(pool.told, [])
  pool.pass(1, 0.5, [{ key: 'GET /report', running: 1, waiting: 1 }])
  t.same(pool.told, ['requests waited for a thread for 3 s while 50 % of the processors were idle; raise pool.maxThreads, now 1'])
})

t.test('nor is there where the processors are busy, where a thread is free, or where nobody waits', async (t) => {
  for (const [threads, idle, waiting] of [[1, 0.2, 1], [2, 0.5, 1], [1, 0.5, 0]] as const) {
    const pool = new Pool(1, threads)
    pool.pass(1_000, idle, [{ key: 'GET /report', running: 1, waiting }])
    t.same(pool.told, [])
  }
})

t.test('time between two such phases does not count', async (t) => {
  const pool = new Pool(1, 1)
  for (let phase = 0; phase < 20; phase++) {
    pool.pass(1, 0.5, [{ key: 'GET /report', running: 1, waiting: 1 }])
    pool.pass(100, 0.5, [])
  }
  t.same(pool.told, [])
})

t.test('threads that are kept and never busy are not needed', async (t) => {
  const pool = new Pool(4, 4)
  pool.pass(100, 0.5, [{ key: 'GET /report', running: 2, waiting: 0 }])
  pool.watch.addVisits(9_999)
  t.same(pool.told, [])
  pool.watch.addVisits(1)
  t.same(pool.told, ['at most 2 of 4 threads were busy at once in 10000 requests; pool.minThreads: 2 would do'])
})

t.test('a route that has all threads while others wait is to have a limit', async (t) => {
  const pool = new Pool(1, 2)
  pool.pass(31, 0, [{ key: 'GET /report', running: 2, waiting: 5 }, { key: 'GET /fast', running: 0, waiting: 1 }])
  t.same(pool.told, ['GET /report had all threads for 3 s while other routes waited; give it blocking: { concurrency: 1 }'])
})

t.test('the limit is one less than the requests that may run at once, of which a thread may have several', async (t) => {
  const pool = new Pool(1, 1, 4)
  pool.pass(31, 0, [{ key: 'GET /report', running: 4, waiting: 5 }, { key: 'GET /fast', running: 0, waiting: 1 }], 1)
  t.same(pool.told, ['GET /report had all threads for 3 s while other routes waited; give it blocking: { concurrency: 3 }'])
})

t.test('one whose own requests wait alone is not', async (t) => {
  const pool = new Pool(1, 2)
  pool.pass(1_000, 0, [{ key: 'GET /report', running: 2, waiting: 5 }])
  t.same(pool.told, [])
})
