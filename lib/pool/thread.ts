import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { BootTimeout, Bundled } from '../errors.js'
import type { Settings } from '../options.js'
import { assignmentKey } from '../wire/assignment.js'
import { fromFault } from '../wire/fault.js'
import { clearCells, createFlags, type Flag, hasBegun, raiseFlag } from '../wire/flag.js'
import type { Answer, Assignment, End, Failed, Flow, Left, Open, Outcome, Part, Report, Return, Task, Turn } from '../wire/messages.js'
import type { Visitor } from './executor.js'
import { within } from './within.js'

// Bundled as CommonJS there is no URL.
const entry = import.meta.url === undefined ? 'worker/entry.js' : fileURLToPath(new URL('../worker/entry.js', import.meta.url))

export function checkEntry (): void {
  if (import.meta.url === undefined || !existsSync(entry)) throw new Bundled(entry)
}

type FromWorker = Answer | End | Failed | Left | Part | Turn

/**
 * One thread that holds the app. Piscina starts it, limits it and tells what becomes of it; a Piscina of exactly one,
 * since in a pool of several a slot is given back when its thread was told to stop, not when it has stopped, the
 * first threads count as ready before they have loaded, and after a failed boot later tasks wait for ever. Visits
 * travel on a port of their own: it carries more than a task and its result, at less cost.
 */
export class Thread {
  state: 'starting' | 'live' | 'exiting' = 'starting'
  readonly booted: Promise<Report>
  /** Resolves once the thread is gone. */
  readonly exited: Promise<void>
  /** When the last visit ended; performance.now(). */
  idleSince = performance.now()
  readonly #free: number[]
  readonly #visitors: (Visitor | undefined)[]
  readonly #flags: Int32Array
  readonly #piscina: Piscina<Task, unknown>
  readonly #port: MessagePort
  readonly #worker: Worker
  readonly #grace: number
  readonly #onError: (error: unknown) => void
  #onIdle = (): void => {}
  #isGone = false
  #error: unknown

  constructor (assignment: Omit<Assignment, 'flags'>, { pool, bootTimeout, grace }: Settings, onError: (error: unknown) => void) {
    const { minThreads, maxThreads, idleTimeout, concurrentTasksPerWorker: slots, ...options } = pool
    this.#grace = grace
    this.#onError = onError
    this.#free = Array.from({ length: slots }, (_, slot) => slot)
    this.#visitors = this.#free.map(() => undefined)
    this.#flags = createFlags(slots)
    this.#piscina = new Piscina<Task, unknown>({
      atomics: 'disabled',
      ...options,
      env: options.env as NodeJS.ProcessEnv, // Piscina's type leaves out SHARE_ENV, which it passes on
      filename: entry,
      name: 'serve',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: { [assignmentKey]: { ...assignment, flags: this.#flags } satisfies Assignment }
    })
    // An error outside of any task: a late throw, or the heap's end. Without a listener it would end the process.
    this.#piscina.on('error', (error: unknown) => {
      if (this.state === 'live' && this.isIdle) onError(error)
      this.state = 'exiting'
      this.#error = error
    })
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const boot = this.#run<Report>({ kind: 'boot', port: port2 }, [port2])
    const [worker] = this.#piscina.threads
    this.#worker = worker!
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#end(code)
        resolve()
      })
    })
    this.booted = this.#boot(boot, assignment.module, bootTimeout)
    this.#port.on('message', (message: FromWorker) => this.#receive(message))
    this.#port.unref()
  }

  get isIdle (): boolean {
    return this.#free.length === this.#visitors.length
  }

  /** Slots that no visit holds. */
  get free (): number {
    return this.#free.length
  }

  take (): number | undefined {
    return this.#free.pop()
  }

  /** Throws if the request cannot be cloned. */
  visit (open: Open, visitor: Visitor): void {
    clearCells(this.#flags, open.slot)
    this.#port.postMessage(open)
    this.#visitors[open.slot] = visitor
    // While anybody waits for it the process stays.
    this.#port.ref()
  }

  tell (message: Return | Flow): void {
    this.#port.postMessage(message)
  }

  flag (slot: number, flag: Flag): void {
    raiseFlag(this.#flags, slot, flag)
  }

  flagAll (flag: Flag): void {
    for (const [slot, visitor] of this.#visitors.entries()) if (visitor !== undefined) this.flag(slot, flag)
  }

  /** Lets its visits end, closes the worker's app, which may take as long as the grace period, and ends the thread. */
  async close (): Promise<void> {
    if (this.state === 'exiting') return this.exited
    this.state = 'exiting'
    if (!this.isIdle) await new Promise<void>((resolve) => { this.#onIdle = resolve })
    // Piscina would start another one for the task.
    if (this.#isGone) return
    await within(this.#grace, this.#run({ kind: 'close' }).catch(this.#onError))
    await this.terminate()
  }

  /** Resolves when the thread has stopped: native code is not interrupted. */
  async terminate (): Promise<void> {
    this.state = 'exiting'
    await this.#worker.terminate()
  }

  #receive (message: FromWorker): void {
    const visitor = this.#visitors[message.slot]
    if ('turn' in message) return visitor?.called(message)
    if ('part' in message) return visitor?.received(message.part)
    if ('stream' in message && message.stream === 'begun') return visitor?.begun(message)
    this.release(message.slot)
    if ('left' in message) visitor?.left(message)
    else if ('isEnd' in message) visitor?.ended(message.fault)
    else if ('fault' in message) visitor?.failed(fromFault(message.fault))
    else visitor?.answered(message)
  }

  release (slot: number): void {
    this.#visitors[slot] = undefined
    this.#free.push(slot)
    if (!this.isIdle) return
    this.#onIdle()
    this.idleSince = performance.now()
    this.#port.unref()
  }

  /** The thread is gone: what it had still answered counts, what it had not begun may be begun elsewhere, the rest is lost. */
  #end (code: number): void {
    this.state = 'exiting'
    this.#isGone = true
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#receive(entry.message)
    }
    this.#port.close()
    const error = this.#error ?? new Error(`it exited with code ${code}`)
    for (const [slot, visitor] of this.#visitors.entries()) {
      if (visitor === undefined) continue
      this.release(slot)
      if (hasBegun(this.#flags, slot)) visitor.lost(error)
      else visitor.returned()
    }
  }

  /** A thread that dies in its boot leaves the task in Piscina's queue for ever; hence the race. */
  async #boot (boot: Promise<Report>, module: string, bootTimeout: number): Promise<Report> {
    let timer: NodeJS.Timeout | undefined
    try {
      const report = await Promise.race([
        boot,
        this.#death(),
        new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => reject(new BootTimeout(module, bootTimeout)), bootTimeout)
        })
      ])
      this.state = 'live'
      return report
    } finally {
      clearTimeout(timer)
    }
  }

  #death (): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.#worker.once('error', reject)
      this.#worker.once('exit', (code) => reject(new Error(`the thread exited with code ${code}`)))
    })
  }

  async #run<Result> (task: Task, transferList: MessagePort[] = []): Promise<Result> {
    const outcome = await this.#piscina.run(task, { transferList }) as Outcome<Result>
    if ('fault' in outcome) throw fromFault(outcome.fault)
    return outcome.result
  }
}
