import { isThreadCellSet, setThreadCell, ThreadCell, type ThreadNotice } from '../wire/thread-messages.js'
import { settledWithin } from '../promises.js'
import type { PiscinaWorker } from './piscina-worker.js'
import { probeJavaScript } from './javascript-probe.js'
import type { ThreadChannel } from './thread-channel.js'

/** ms in which an event loop that turns has come to a message. */
const turnTimeout = 500

/** So many answers in a row come from within JavaScript, and none of the event loop, if it is stuck: on a busy machine a thread stands still for a while. */
const requiredAnswers = 6

/** ms after which a thread that has been told to end is looked at again. */
const interval = 1_000

export interface ThreadEndEvents {
  /** Its event loop turns: it will leave by itself. */
  retired (): void
  terminate (): Promise<void>
  /** Something for the log. */
  log (what: string): void
}

/**
 * The end of one thread, in steps. `terminate()` aborts the process if work of an addon is pending in the thread. So one that has loaded an
 * addon, or has what may not be terminated, is asked whether its event loop turns. If so it is retired: what would not end is given up, the
 * rest may end, then it closes its app and leaves by itself. If not it is in a native call, and is left until that has returned, or in
 * JavaScript for longer than a turn takes: then it is terminated.
 */
export class ThreadEnd {
  /** Whether it was told to leave by itself, and has not been terminated. */
  isLeaving = false
  /** What has been given up, for the log. */
  readonly #givenUp: string[] = []
  #where = ''
  /** How often it has been told to stop. */
  #stops = 0
  /** It has, or has had, what may not be terminated. */
  #mayNotTerminate = false
  #question = 0
  /** Of the questions that have no answer yet: what follows from it. */
  readonly #onTurn = new Map<number, () => void>()
  #onStopAgain = (): void => {}
  readonly #piscina: PiscinaWorker
  readonly #channel: ThreadChannel
  readonly #cells: Int32Array
  readonly #grace: number
  readonly #exited: Promise<void>
  readonly #events: ThreadEndEvents
  #isGone = false

  constructor (piscina: PiscinaWorker, channel: ThreadChannel, cells: Int32Array, grace: number, exited: Promise<void>, events: ThreadEndEvents) {
    this.#piscina = piscina
    this.#channel = channel
    this.#cells = cells
    this.#grace = grace
    this.#exited = exited
    this.#events = events
    exited.then(() => { this.#isGone = true })
  }

  /** Where it is, for the log. */
  get where (): string {
    const whats = [...this.#givenUp, ...this.#channel.scopes.map(({ label }) => label)]
    return [this.#where, ...new Set(whats)].filter((part) => part !== '').join(', ')
  }

  /** Whether it is to end by itself. */
  get #mustLeave (): boolean {
    this.#mayNotTerminate ||= this.#channel.scopes.some(({ isTerminable }) => !isTerminable)
    return this.#mayNotTerminate || (isThreadCellSet(this.#cells, ThreadCell.hasAddon) && isThreadCellSet(this.#cells, ThreadCell.canLeave))
  }

  /** What the thread has will not end, at least what has been told to stop. May be called again. */
  async stop (): Promise<void> {
    this.#onStopAgain()
    if (this.#stops++ > 0 || this.isLeaving) return
    if (!this.#mustLeave) return await this.#terminate()
    this.#watchProcessor()
    setThreadCell(this.#cells, ThreadCell.isRetired)
    let stops
    do {
      stops = this.#stops
      const isStuck = await this.#isStuck()
      if (this.#isGone) return
      if (isStuck) return await this.#terminate()
      this.#events.retired()
    } while (!await this.#whenSettled(stops))
    await this.leave()
  }

  /** Nothing of it is awaited any more. */
  async leave (): Promise<void> {
    if (this.isLeaving || this.#isGone) return
    this.isLeaving = true
    this.#where ||= 'closing its app'
    // The process waits for a thread that it would have to take along.
    this.#piscina.keepProcess()
    this.#channel.post({ leave: this.#grace, isPatient: this.#mayNotTerminate })
    await settledWithin(2 * this.#grace + Math.max(this.#grace, interval), this.#exited)
    while (!this.#isGone) {
      if (!this.#mustLeave || await this.#isStuck()) return await this.#terminate()
      await settledWithin(interval, this.#exited)
    }
  }

  /** Nobody waits for what has been told to stop any more, wherever the thread is. */
  giveUp (): void {
    const { labels, giveUp } = this.#channel.overdue()
    this.#givenUp.push(...labels)
    giveUp(new Error('the thread has not ended'))
  }

  receive (receive: ThreadNotice): void {
    if (receive.thread === 'turns') this.#onTurn.get(receive.retire)?.()
    if (receive.thread === 'kept') this.#logKept(receive)
  }

  async #terminate (): Promise<void> {
    if (this.#isGone) return
    this.isLeaving = false
    this.#where = 'terminated, and in a native call'
    await this.#events.terminate()
  }

  /** Whether it is stuck in JavaScript. Resolves with false when its event loop has turned, or it is gone; not before a native call has returned. */
  async #isStuck (): Promise<boolean> {
    const overdue = this.#channel.overdue()
    let hasTurned = false
    const question = ++this.#question
    const turned = new Promise<void>((resolve) => {
      this.#onTurn.set(question, () => {
        this.#onTurn.delete(question)
        hasTurned = true
        // Who has what is overdue waits no longer.
        this.#givenUp.push(...overdue.labels)
        overdue.giveUp(new Error('the thread is retired'))
        resolve()
      })
    })
    this.#channel.post({ retire: question, lost: overdue.ids })
    const heard = Promise.race([turned, this.#exited])
    const isOver = (): boolean => hasTurned || this.#isGone
    await settledWithin(turnTimeout, heard)
    let answers = 0
    while (!isOver()) {
      this.#where = answers > 0 ? 'in JavaScript' : 'in a native call'
      // The first answer may be that of a native call that has returned, after which the event loop turns.
      const isInJavaScript = await this.#untilInJavaScript(heard, answers > 0)
      answers = isInJavaScript ? answers + 1 : 0
      if (!isOver() && answers === requiredAnswers && !this.#mayNotTerminate) return true
      await settledWithin(turnTimeout, heard)
    }
    this.#where = this.isLeaving ? 'leaving' : 'retired'
    return false
  }

  /** Whether it was so before anything was heard, and in a limited time. */
  async #untilInJavaScript (heard: Promise<unknown>, isLimited: boolean): Promise<boolean> {
    const { answered, stop } = await probeJavaScript(this.#piscina.worker!)
    let isAnswered = false
    const either = Promise.race([answered.then(() => { isAnswered = true }), heard])
    await (isLimited ? settledWithin(turnTimeout, either) : either)
    stop()
    return isAnswered
  }

  /** Resolves with true once nothing is awaited any more, or the thread is gone; with false when it has been told to stop more than so often. */
  async #whenSettled (stops: number): Promise<boolean> {
    this.#channel.withdrawAll()
    const isOver = (): boolean => this.#isGone || this.#channel.scopes.length === 0
    if (isOver() || this.#stops > stops) return isOver()
    await new Promise<void>((resolve) => {
      this.#onStopAgain = resolve
      this.#channel.onSessionEnd = () => { if (isOver()) resolve() }
      this.#exited.then(resolve)
    })
    return isOver()
  }

  /** One that goes on computing takes a processor from the others, and nobody can do anything about it but who has written it. */
  #watchProcessor (): void {
    const { performance } = this.#piscina.worker!
    let before = performance.eventLoopUtilization()
    const timer = setInterval(() => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      if (utilization < 0.5) return
      clearInterval(timer)
      this.#events.log(`a thread that cannot be terminated, and does not end, goes on using a processor: ${this.where}`)
    }, 5 * interval).unref()
    this.#exited.then(() => clearInterval(timer))
  }

  #logKept ({ resources, isCut }: Extract<ThreadNotice, { thread: 'kept' }>): void {
    const kept = resources.length === 0 ? 'work of an addon, it seems: nothing that Node shows' : resources.join(', ')
    this.#events.log(`a thread that is to leave is kept by ${kept}${isCut ? '; it exits all the same. Close it in an onClose hook' : ''}: ${this.where}`)
  }
}
