import { setTimeout as delay } from 'node:timers/promises'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { isThreadCellSet, type Leave, type Retire, ThreadCell } from '../wire/thread-messages.js'
import { serializeError } from '../wire/error.js'
import type { ThreadEndChannel } from './channel.js'
import { settledWithin } from '../promises.js'

/** What a thread that leaves still has. */
export interface OpenWork {
  close (): Promise<void>
  /** Ends what the slot has, as far as it can be ended. */
  giveUp (session: number): void
  /** Whether a visit or a call runs, given up or not. */
  isBusy (): boolean
}

/** ms for which a thread in which something still runs is not ended, whatever else keeps its event loop: an addon's work might be pending. */
const maxBusyTime = 30_000

/** ms after which it is looked at again whether anything runs. */
const pollInterval = 20

/**
 * How this thread ends by itself. One that has loaded an addon leaves when its event loop is empty: process.exit() and terminate() would
 * abort the process if work of the addon was pending, which Node does not show. Any other one exits as soon as its app is closed.
 */
export class ThreadExit {
  #work: OpenWork | undefined
  /** ms that the app may take to close; undefined as long as the thread is not to leave. */
  #grace: number | undefined
  readonly #channel: ThreadEndChannel
  readonly #taskPort: MessagePort | undefined
  readonly #cells: Int32Array

  constructor (channel: ThreadEndChannel, taskPort: MessagePort | undefined, cells: Int32Array) {
    this.#channel = channel
    channel.onThreadMessage = (message) => this.#receive(message)
    this.#taskPort = taskPort
    this.#cells = cells
  }

  /** The boot has come to its end, perhaps after the thread was told to leave. */
  async bootEnded (remains: OpenWork): Promise<void> {
    this.#work = remains
    if (this.#grace === undefined) return
    await settledWithin(this.#grace, this.#close())
    this.#unrefPorts()
  }

  #receive (message: Retire | Leave): void {
    if ('retire' in message) {
      for (const session of message.lost) this.#work?.giveUp(session)
      this.#channel.notify({ thread: 'turns', retire: message.retire })
    } else this.#leave(message)
  }

  async #leave ({ leave: grace, isPatient }: Leave): Promise<void> {
    if (this.#grace !== undefined) return
    this.#grace = grace
    // The app is still there for what has been given up, and cleans up.
    await this.#untilIdle(isPatient ? Infinity : grace)
    await settledWithin(grace, this.#close())
    // With the turn of the loop go the lines that it has logged.
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
    while (this.#work?.isBusy() === true && performance.now() - since < milliseconds) await delay(pollInterval)
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

  /** A leftover, such as an interval that nobody clears, would keep the thread for ever. Of a boot that has not come to its end nothing is known. */
  #watch (grace: number): void {
    const since = performance.now()
    let isTold = false
    const look = (): void => {
      const resources = [...new Set(process.getActiveResourcesInfo())]
      const isCut = resources.length > 0 && (this.#work?.isBusy() === false || performance.now() - since > maxBusyTime)
      if (isCut || !isTold) this.#channel.notify({ thread: 'kept', resources, isCut })
      isTold = true
      if (isCut) exit()
    }
    setInterval(look, Math.max(grace, pollInterval)).unref()
  }
}

/** Not at once: what was posted before is on its way then. */
function exit (): void {
  setImmediate(() => process.exit())
}
