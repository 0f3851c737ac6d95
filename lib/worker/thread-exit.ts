import { setTimeout as delay } from 'node:timers/promises'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { settledWithin } from '../promises.js'
import { serializeError } from '../wire/error.js'
import { isThreadCellSet, type Leave, type Retire, ThreadCell } from '../wire/thread-messages.js'
import type { PortChannel } from './channel.js'

/** Work that a thread still has when it is told to exit. */
export interface OpenWork {
  close (): Promise<void>
  /** Ends the session as far as it can be ended. */
  giveUp (session: number): void
  /** Whether a visit or a call is running, given up or not. */
  isBusy (): boolean
}

/**
 * How long, in ms, a thread with a running visit or call is not ended, whatever keeps its event loop alive:
 * work of an addon may be pending.
 */
const maxBusyTime = 30_000

/** Interval in ms of checks whether a visit or a call is running. */
const pollInterval = 20

/**
 * Makes this thread exit by itself when the loop tells it to. A thread that has loaded an addon exits when
 * its event loop is empty: process.exit() and terminate() abort the process if work of an addon is pending,
 * and Node does not show such work. Any other thread exits as soon as its app is closed.
 */
export class ThreadExit {
  #work: OpenWork | undefined
  /** Time in ms that the app may take to close; undefined until the thread is told to exit. */
  #grace: number | undefined
  readonly #channel: PortChannel
  readonly #taskPort: MessagePort | undefined
  readonly #cells: Int32Array

  constructor (channel: PortChannel, taskPort: MessagePort | undefined, cells: Int32Array) {
    this.#channel = channel
    channel.onThreadMessage = (message) => this.#receive(message)
    this.#taskPort = taskPort
    this.#cells = cells
  }

  /** Called when the boot has succeeded or failed, perhaps after the thread was told to exit. */
  async bootEnded (work: OpenWork): Promise<void> {
    this.#work = work
    if (this.#grace === undefined) return
    await settledWithin(this.#grace, this.#close())
    this.#unrefPorts()
  }

  #receive (message: Retire | Leave): void {
    if ('retire' in message) {
      for (const session of message.lost) this.#work?.giveUp(session)
      this.#channel.notify({ thread: 'turns', retire: message.retire })
    } else this.#exitWhenIdle(message)
  }

  async #exitWhenIdle ({ leave: grace, isPatient }: Leave): Promise<void> {
    if (this.#grace !== undefined) return
    this.#grace = grace
    // The app stays open meanwhile: given-up visits use it while their dependencies are torn down.
    await this.#untilIdle(isPatient ? Infinity : grace)
    await settledWithin(grace, this.#close())
    // exit() waits for a turn of the event loop, so that lines logged before are sent.
    if (!isThreadCellSet(this.#cells, ThreadCell.hasAddon) || this.#taskPort === undefined) return exit()
    this.#unrefPorts()
    this.#watch(grace)
  }

  #unrefPorts (): void {
    this.#taskPort?.unref()
    parentPort!.unref()
    this.#channel.unref()
  }

  async #untilIdle (milliseconds: number): Promise<void> {
    const since = performance.now()
    while (this.#work?.isBusy() === true && performance.now() - since < milliseconds) {
      await delay(pollInterval)
    }
  }

  async #close (): Promise<void> {
    let error
    try {
      await this.#work?.close()
    } catch (thrown) {
      error = serializeError(thrown)
    }
    this.#channel.notify({ thread: 'closed', ...(error && { error }) })
  }

  /**
   * Reports which resources keep the event loop alive, and exits despite them once no visit or call is
   * running, or after maxBusyTime: a leftover, such as an interval that nobody clears, would keep the thread
   * for ever. During the boot it is unknown whether work is running, so the thread counts as busy. If Node
   * shows no resource, work of an addon may be pending, and the thread is not ended.
   */
  #watch (grace: number): void {
    const since = performance.now()
    let isTold = false
    const look = (): void => {
      const resources = [...new Set(process.getActiveResourcesInfo())]
      const isCut = resources.length > 0 &&
        (this.#work?.isBusy() === false || performance.now() - since > maxBusyTime)
      if (isCut || !isTold) this.#channel.notify({ thread: 'kept', resources, isCut })
      isTold = true
      if (isCut) exit()
    }
    setInterval(look, Math.max(grace, pollInterval)).unref()
  }
}

/** Exits in the next turn of the event loop: messages posted before are sent by then. */
function exit (): void {
  setImmediate(() => process.exit())
}
