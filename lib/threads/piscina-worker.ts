import type { MessagePort, Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Settings } from '../options/settings.js'
import { findOwnFile } from '../package-file.js'
import { deserializeError } from '../wire/error.js'
import {
  type BootTask, isThreadCellSet, type TaskResult, ThreadCell, type ThreadData
} from '../wire/thread-messages.js'
import { type BootReport, workerDataKey } from '../wire/worker-data.js'
import { createBootTimeout, toBootError } from './boot-error.js'

/**
 * Starts one worker, limits it, and tells what becomes of it. A Piscina of one thread each: in a pool of
 * several a place is free when its thread was told to stop, not when it has stopped, the first threads count
 * as ready before they have loaded, and after a failed boot later tasks wait for ever.
 */
export class PiscinaWorker {
  readonly #piscina: Piscina<BootTask, unknown>
  /** Undefined if there could not be one. */
  readonly worker: Worker | undefined
  /** Resolves when the thread has loaded Piscina, and gets its task in this turn of the event loop. */
  readonly begun: Promise<unknown>
  readonly #module: string
  readonly #threadCells: Int32Array
  readonly #boot: Promise<BootReport>
  #rejectBoot = (_error: Error): void => {}

  /** `port` is moved to the worker. */
  constructor (assignment: ThreadData, pool: Settings['pool'], port: MessagePort) {
    const {
      minThreads, maxThreads, maxRetired, idleTimeout, concurrentTasksPerWorker, niceIncrement, ...options
    } = pool
    this.#module = assignment.module
    this.#threadCells = assignment.threadCells
    this.#piscina = new Piscina<BootTask, unknown>({
      ...options,
      atomics: options.atomics ?? 'disabled',
      env: options.env as NodeJS.ProcessEnv, // Piscina's type leaves out SHARE_ENV, which it passes on
      filename: findOwnFile('worker/start.cjs'),
      name: 'serve',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: { [workerDataKey]: assignment }
    })
    this.begun = new Promise((resolve) => { this.#piscina.once('workerCreate', resolve) })
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
   * Resolves when the worker has built the app; rejects with an error of toBootError(). `timeout` in ms,
   * undefined for no limit. A race: the task of a thread that exits before stays in Piscina's queue for ever.
   */
  async boot (timeout: number | undefined): Promise<BootReport> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await Promise.race([
        this.#boot,
        this.#rejectOnExit(),
        new Promise<never>((_resolve, reject) => {
          this.#rejectBoot = reject
          if (timeout !== undefined) {
            timer = setTimeout(() => this.expireBoot(`${timeout} ms`, 'option bootTimeout'), timeout)
          }
        })
      ])
    } catch (cause) {
      throw toBootError(this.#module, cause)
    } finally {
      clearTimeout(timer)
    }
  }

  /** See Executor.expireBoot(). */
  expireBoot (within: string, option: string): void {
    const lacksApp = isThreadCellSet(this.#threadCells, ThreadCell.lacksApp)
    this.#rejectBoot(createBootTimeout(this.#module, within, option, lacksApp))
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
