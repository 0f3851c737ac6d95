import { cpus } from 'node:os'
import type { PoolLoad } from '../stats-types.js'
import type { PoolAdvice } from './advice.js'
import { writeConcurrencyLine } from './change-line.js'

/** ms of waiting for a thread from which on it is no chance. */
const enoughWaiting = 3_000

/** Number of visits after which threads that have never been busy are not needed. */
const enoughVisits = 10_000

/** Share of the processors' time that has to be idle for one more thread to gain something. */
const idleProcessors = 0.3

/** ms of all processors so far, in all and idle. */
export interface Processors { idle: number, all: number }

/** Looks at the threads and the queue from time to time, and finds what the options of the pool could do. */
export class PoolWatch {
  readonly #minThreads: number
  readonly #maxThreads: number
  #lastLook: { at: number, processors: Processors } | undefined
  /** Times for which requests waited while all threads were busy, in ms. */
  #waited = 0
  #idle = 0
  #all = 0
  /** ms for which one route alone had all threads while others waited. */
  readonly #filled = new Map<string, number>()
  #mostBusy = 0
  #visits = 0
  /** Number of requests and calls that may run at once. */
  #capacity = 0

  constructor ({ minThreads, maxThreads }: { minThreads: number, maxThreads: number }) {
    this.#minThreads = minThreads
    this.#maxThreads = maxThreads
  }

  addVisits (count: number): void {
    this.#visits += count
  }

  /**
   * A state that is there at two looks, one after the other, counts for the time between them. `at`:
   * performance.now(). `readProcessors` is called only where requests wait.
   */
  look (load: PoolLoad, at: number, readProcessors: () => Processors): void {
    const last = this.#lastLook
    const isFull = load.busy >= this.#maxThreads
    this.#capacity = load.capacity
    this.#mostBusy = Math.max(this.#mostBusy, load.busy)
    const waits = load.tasks.some(({ waiting }) => waiting > 0)
    this.#lastLook = isFull && waits ? { at, processors: readProcessors() } : undefined
    if (last === undefined || this.#lastLook === undefined) return
    const passed = at - last.at
    this.#waited += passed
    this.#idle += this.#lastLook.processors.idle - last.processors.idle
    this.#all += this.#lastLook.processors.all - last.processors.all
    const filling = findFilling(load)
    if (filling !== undefined) this.#filled.set(filling, (this.#filled.get(filling) ?? 0) + passed)
  }

  read (): PoolAdvice[] {
    return [this.#adviseMore(), this.#adviseFewer(), ...this.#adviseConcurrency()]
      .filter((advice) => advice !== undefined)
  }

  #adviseMore (): PoolAdvice | undefined {
    const share = this.#idle / this.#all
    if (this.#waited < enoughWaiting || !(share >= idleProcessors)) return undefined
    const text = `requests waited for a thread for ${seconds(this.#waited)} while ` +
      `${Math.round(100 * share)} % of the processors were idle; raise pool.maxThreads, now ` +
      `${this.#maxThreads}`
    const line = `pool: { maxThreads: ${this.#maxThreads + 1} }`
    return { kind: 'moreThreads', route: undefined, text, line }
  }

  #adviseFewer (): PoolAdvice | undefined {
    const busy = this.#mostBusy
    if (this.#visits < enoughVisits || busy >= this.#minThreads) return undefined
    const text = `at most ${busy} of ${this.#minThreads} threads were busy at once in ${this.#visits} ` +
      `requests; pool.minThreads: ${busy} would do`
    return { kind: 'fewerThreads', route: undefined, text, line: `pool: { minThreads: ${busy} }` }
  }

  #adviseConcurrency (): PoolAdvice[] {
    return [...this.#filled].filter(([, filled]) => filled >= enoughWaiting).map(([route, filled]) => {
      const text = `${route} had all threads for ${seconds(filled)} while other routes waited; give it ` +
        `blocking: { concurrency: ${this.#capacity - 1} }`
      return { kind: 'concurrency', route, text, line: writeConcurrencyLine(route, this.#capacity - 1) }
    })
  }
}

/** The route that has all threads, if other routes wait and could run. */
function findFilling ({ capacity, tasks }: PoolLoad): string | undefined {
  const filling = tasks.find(({ running }) => running >= capacity)
  if (filling === undefined || capacity < 2) return undefined
  return tasks.some((task) => task !== filling && task.waiting > 0) ? filling.key : undefined
}

export function readProcessors (): Processors {
  let idle = 0
  let all = 0
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { idle, all }
}

function seconds (milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(0)} s`
}
