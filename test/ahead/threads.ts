import Fastify from 'fastify'
import type { Test } from 'tap'
import { readOptions } from '../../dist/options/settings.js'
import type { Slot, Visitor } from '../../dist/executor.js'
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

/** A slot that is free, and some behind it; the machine may have stood still in between. */
export async function takeWith (threads: ThreadPool, ahead: number): Promise<Slot[]> {
  for (;;) {
    const slots = [threads.take(true)!]
    while (slots.length <= ahead) {
      const slot = threads.takeAhead(ahead)
      if (slot === undefined) break
      slots.push(slot)
    }
    if (slots.length === ahead + 1) return slots
    for (const slot of slots.reverse()) slot.cede()
    await new Promise(setImmediate)
  }
}

/** A visit: what has become of it, and what it was told on the way. */
export class Guest {
  readonly told: string[] = []
  readonly slot: Slot
  #onReturned = (): void => {}
  /** How it ended. */
  readonly end: Promise<string>

  constructor (slot: Slot, path: string, body: object) {
    this.slot = slot
    const { told } = this
    this.end = new Promise((resolve, reject) => {
      const never = (what: string) => () => reject(new Error(`unexpected: ${what}`))
      const last = (what: string): void => {
        told.push(what)
        resolve(what)
      }
      const visitor: Visitor = {
        label: path,
        isTerminable: true,
        started: () => { told.push('started') },
        answered: ({ payload }) => last(`answered ${String(payload)}`),
        returned: () => {
          last('returned')
          this.#onReturned()
        },
        lost: () => last('lost'),
        failed: reject,
        logged: never('logged'),
        called: never('called'),
        left: never('left'),
        begun: never('begun'),
        received: never('received'),
        asked: never('asked'),
        ended: never('ended'),
        done: never('done'),
        runInAsyncScope: (run) => run()
      }
      const open = { route: `POST ${path}`, id: '1', method: 'POST', url: path, lines: [], connection: [undefined, undefined, undefined, undefined, false] as const, bytes: false, body }
      slot.visit(open, visitor, never('mend'))
    })
  }

  /** Called in the midst of it. Resolves then, or when it has ended. */
  async onReturned (callback: () => void): Promise<void> {
    this.#onReturned = callback
    await this.end
  }
}
