import Fastify from 'fastify'
import type { Test } from 'tap'
import { readOptions } from '../../dist/options/settings.js'
import type { Executor, Session, Task } from '../../dist/executor.js'
import { ThreadPool } from '../../dist/threads/thread-pool.js'
import { Cell } from './fixtures/brief.js'

export { Cell }

/** The threads of an app, without what would put requests to them. */
export async function startThreads (t: Test): Promise<ThreadPool> {
  const module = new URL('./fixtures/brief.js', import.meta.url).href
  const settings = readOptions({ app: { module, factory: 'build' }, pool: { minThreads: 1, maxThreads: 1, execArgv: [] } })
  const threads = new ThreadPool({
    module,
    folder: process.cwd(),
    form: 'factory',
    exportName: 'build',
    options: {},
    prefix: '',
    ordinal: 0,
    name: undefined,
    root: false,
    server: {},
    workerHooks: [],
    log: { level: 'silent', values: {} },
    heap: undefined,
    errorClasses: 0
  }, settings, Fastify().log)
  await threads.start()
  t.teardown(() => threads.close())
  return threads
}

/** Until all of a round have been answered: where the machine stands still they are recalled. */
export async function untilAnswered (round: () => Promise<string[]>): Promise<string[]> {
  for (;;) {
    const ends = await round()
    if (!ends.includes('returned')) return ends
  }
}

export function createCells (): Int32Array {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
}

export function openGate (cells: Int32Array): void {
  Atomics.store(cells, Cell.gate, 1)
  Atomics.notify(cells, Cell.gate)
}

/**
 * Opens a visit in the thread, which is free, and the others behind it. The machine may stand still in between: then
 * they end, and all are opened once more.
 */
export async function openAll (threads: ThreadPool, first: string, behind: string[], options = {}): Promise<{ cells: Int32Array, first: Guest, behind: Guest[] }> {
  for (;;) {
    const cells = createCells()
    const guests: Guest[] = []
    for (const path of [first, ...behind]) {
      const guest = new Guest(threads, path, { cells, ...options })
      if (guest.session === undefined) break
      guests.push(guest)
    }
    if (guests.length === behind.length + 1) return { cells, first: guests[0]!, behind: guests.slice(1) }
    for (const { session } of guests.toReversed()) session!.withdraw()
    openGate(cells)
    await Promise.all(guests.map(({ end }) => end))
    await new Promise(setImmediate)
  }
}

/** A visit: what has become of it, and what it was told on the way. */
export class Guest implements Task {
  readonly told: string[] = []
  readonly session: Session | undefined
  readonly label: string
  readonly isTerminable = true
  /** How it ended. */
  readonly end: Promise<string>
  #onReturned = (): void => {}
  #resolve!: (what: string) => void
  #reject!: (error: unknown) => void
  readonly #body: object

  /** Without an executor it is to be opened by somebody else. */
  constructor (executor: Executor | undefined, path: string, body: object) {
    this.label = path
    this.#body = body
    this.end = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.session = executor?.open(this, 7, 1)
  }

  open (): ReturnType<Task['open']> {
    return {
      type: 'visit',
      route: `POST ${this.label}`,
      id: '1',
      method: 'POST',
      url: this.label,
      lines: [],
      connection: [undefined, undefined, undefined, undefined, false],
      mayReturnBytes: false,
      body: this.#body
    }
  }

  repair (error: unknown): never {
    throw error
  }

  started (): void {
    this.told.push('started')
  }

  message ({ type }: Parameters<Task['message']>[0]): void {
    this.#reject(new Error(`unexpected: ${type}`))
  }

  ended (message: Parameters<Task['ended']>[0]): void {
    if (message.type === 'answer') this.#last(`answered ${String(message.payload)}`)
    else this.message(message)
  }

  lost ({ isStarted }: Parameters<Task['lost']>[0]): void {
    this.#last(isStarted ? 'lost' : 'returned')
    if (!isStarted) this.#onReturned()
  }

  runInAsyncScope<Result> (run: () => Result): Result {
    return run()
  }

  #last (what: string): void {
    this.told.push(what)
    this.#resolve(what)
  }

  /** Called in the midst of it. Resolves then, or when it has ended. */
  async onReturned (callback: () => void): Promise<void> {
    this.#onReturned = callback
    await this.end
  }
}
