import type { MessagePort, Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { BootFailed, BootTimeout } from '../errors.js'
import type { Settings } from '../options/settings.js'
import { findOwnFile } from '../package-file.js'
import { deserializeError } from '../wire/error.js'
import type { BootTask, TaskResult, ThreadData } from '../wire/thread-messages.js'
import { type BootReport, workerDataKey } from '../wire/worker-data.js'

/**
 * Starts one worker, limits it, and tells what becomes of it. A Piscina of one thread each: in a pool of
 * several a place is free when its thread was told to stop, not when it has stopped, the first threads count
 * as ready before they have loaded, and after a failed boot later tasks wait for ever.
 */
export class PiscinaWorker {
  readonly #piscina: Piscina<BootTask, unknown>
  /** Undefined if there could not be one. */
  readonly worker: Worker | undefined
  readonly #module: string
  readonly #boot: Promise<BootReport>

  /** `port` is moved to the worker. */
  constructor (assignment: ThreadData, pool: Settings['pool'], port: MessagePort) {
    const {
      minThreads, maxThreads, maxRetired, idleTimeout, concurrentTasksPerWorker, niceIncrement, ...options
    } = pool
    this.#module = assignment.module
    this.#piscina = new Piscina<BootTask, unknown>({
      atomics: 'disabled',
      ...options,
      env: options.env as NodeJS.ProcessEnv, // Piscina's type leaves out SHARE_ENV, which it passes on
      filename: findOwnFile('worker/start.cjs'),
      name: 'serve',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: { [workerDataKey]: assignment }
    })
    this.#boot = this.#run({ port }, [port])
    this.#boot.catch(() => {}) // awaited by boot
    this.worker = this.#piscina.threads[0]
  }

  /**
   * An error outside of any task: a late throw, or an exhausted heap. Without a listener it would end the
   * process.
   */
  onError (callback: (error: unknown) => void): void {
    this.#piscina.on('error', callback)
  }

  /** Also of a thread that could not be made. */
  onExit (onGone: (code: number) => void): void {
    if (this.worker === undefined) this.#boot.catch(() => onGone(1))
    else this.worker.once('exit', onGone)
  }

  /**
   * Resolves when the worker has built the app; rejects with BootFailed. `timeout` in ms, undefined for no
   * limit. A race: the task of a thread that exits before stays in Piscina's queue for ever.
   */
  async boot (timeout: number | undefined): Promise<BootReport> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await Promise.race([
        this.#boot,
        this.#rejectOnExit(),
        new Promise<never>((_resolve, reject) => {
          if (timeout === undefined) return
          const advice = 'of its start; raise option bootTimeout,'
          timer = setTimeout(() => reject(new BootTimeout(this.#module, timeout, advice)), timeout)
        })
      ])
    } catch (cause) {
      const error = new BootFailed(this.#module, cause instanceof Error ? cause.message : String(cause))
      throw Object.assign(error, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Piscina's own port keeps the process, but only for a task. */
  keepProcess (): void {
    this.worker?.ref()
  }

  /** Resolves when the thread has stopped: native code is not interrupted. */
  async terminate (): Promise<void> {
    await this.worker?.terminate()
  }

  #rejectOnExit (): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.worker?.once('error', reject)
      this.worker?.once('exit', (code) => reject(new Error(`the thread exited with code ${code}`)))
    })
  }

  async #run (task: BootTask, transferList: MessagePort[]): Promise<BootReport> {
    const outcome = await this.#piscina.run(task, { transferList }) as TaskResult<BootReport>
    if ('error' in outcome) throw deserializeError(outcome.error)
    return outcome.result
  }
}
