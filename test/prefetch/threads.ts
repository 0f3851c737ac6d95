import Fastify from 'fastify'
import type { Test } from 'tap'
import { ThreadPool } from '../../dist/threads/thread-pool.js'
import { retry } from '../support/retry.js'
import { Cell } from './fixtures/brief.js'

export { Cell }

type Task = Parameters<ThreadPool['open']>[0]
export type Session = NonNullable<ReturnType<ThreadPool['open']>>

/** The thread of an app, without what would put requests to it. */
export async function startThreads (t: Test): Promise<ThreadPool> {
  const module = new URL('./fixtures/brief.js', import.meta.url).href
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
    niceIncrement: 0,
    errorClasses: 0,
    mainFile: undefined,
    usesTsNode: false,
    isTraced: false
  }, {
    pool: { minThreads: 1, maxThreads: 1, maxRetired: 1, idleTimeout: 60_000, concurrentTasksPerWorker: 1, niceIncrement: 0, execArgv: [] },
    grace: 1_000,
    recycle: {},
    bootTimeout: 100_000
  }, Fastify().log)
  await threads.start()
  t.teardown(() => threads.close())
  return threads
}

/** Until all of a round have been answered: where the machine stands still they are withdrawn. */
export async function untilAnswered (round: () => Promise<string[]>): Promise<string[]> {
  return await retry('all of a round are answered', async () => {
    const ends = await round()
    return ends.includes('returned') ? undefined : ends
  })
}

export function createCells (): Int32Array {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
}

export function openGate (cells: Int32Array): void {
  Atomics.store(cells, Cell.gate, 1)
  Atomics.notify(cells, Cell.gate)
}

interface Opened {
  cells: Int32Array
  first: RecordedTask
  prefetched: RecordedTask[]
}

/**
 * Opens a session in the thread, which is free, and has the others prefetched. The machine may stand still in between:
 * then they end, and all are opened once more.
 */
export async function openAll (threads: ThreadPool, first: string, prefetched: string[], options = {}): Promise<Opened> {
  return await retry('all are in the thread at once', async () => {
    const cells = createCells()
    const tasks: RecordedTask[] = []
    for (const path of [first, ...prefetched]) {
      const task = new RecordedTask(threads, path, { cells, ...options })
      if (task.session === undefined) break
      tasks.push(task)
    }
    if (tasks.length === prefetched.length + 1) return { cells, first: tasks[0]!, prefetched: tasks.slice(1) }
    for (const { session } of tasks.toReversed()) session!.withdraw()
    openGate(cells)
    await Promise.all(tasks.map(({ end }) => end))
    await new Promise(setImmediate)
    return undefined
  })
}

/** A visit that records what it was told, and how it ended: answered, lost, or returned, which is lost before it has started. */
export class RecordedTask implements Task {
  readonly told: string[] = []
  readonly session: Session | undefined
  readonly label: string
  readonly isTerminable = true
  readonly where = 'any'
  readonly timeLimit = 0
  startedAt: number | undefined
  readonly end: Promise<string>
  #onReturned = (): void => {}
  #resolve!: (what: string) => void
  #reject!: (error: unknown) => void
  readonly #body: object

  /** Without threads it is to be opened by somebody else. */
  constructor (threads: ThreadPool | undefined, path: string, body: object) {
    this.label = path
    this.#body = body
    this.end = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.session = threads?.open(this, 7, 1)
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
