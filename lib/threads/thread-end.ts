import { settledWithin } from '../promises.js'
import { isThreadCellSet, setThreadCell, ThreadCell, type ThreadNotice } from '../wire/thread-messages.js'
import { probeJavaScript } from './javascript-probe.js'
import type { PiscinaWorker } from './piscina-worker.js'
import type { ThreadChannel } from './thread-channel.js'
import type { ThreadSession } from './thread-session.js'

/** ms in which an event loop that turns has come to a message. */
const turnTimeout = 500

/**
 * Answers of V8 in a row, with none of the event loop, after which a thread counts as stuck in JavaScript.
 * One answer is not enough: on a busy machine a thread stands still for a while.
 */
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
 * The end of one thread, in steps. `terminate()` aborts the process if work of an addon is pending in the
 * thread. So a thread that has loaded an addon, or runs a session that may not be terminated, is asked
 * whether its event loop turns. If it turns, the thread is retired: sessions that would not end are given up,
 * the others may end, then the thread closes its app and leaves by itself. If the event loop does not turn,
 * the thread is in a native call, and is left until the call has returned, or in JavaScript for longer than a
 * turn takes: then it is terminated.
 */
export class ThreadEnd {
  /** Whether the thread was told to leave by itself, and has not been terminated. */
  isLeaving = false
  /** Labels of the sessions that have been given up, for the log. */
  readonly #givenUp: string[] = []
  #state = ''
  /** How often stop() was called. */
  #stops = 0
  /** Whether the thread runs, or has run, a session that may not be terminated. */
  #mayNotTerminate = false
  #question = 0
  /** By the number of a question that has no answer yet: what the answer entails. */
  readonly #onTurn = new Map<number, () => void>()
  #onStopAgain = (): void => {}
  #onSettled = (): void => {}
  readonly #piscina: PiscinaWorker
  readonly #channel: ThreadChannel
  readonly #cells: Int32Array
  readonly #grace: number
  readonly #exited: Promise<void>
  readonly #events: ThreadEndEvents
  #isGone = false

  constructor (
    piscina: PiscinaWorker, channel: ThreadChannel, cells: Int32Array, grace: number, exited: Promise<void>,
    events: ThreadEndEvents
  ) {
    this.#piscina = piscina
    this.#channel = channel
    this.#cells = cells
    this.#grace = grace
    this.#exited = exited
    this.#events = events
    exited.then(() => { this.#isGone = true })
  }

  /** Text for the log: what the thread is doing. */
  get activity (): string {
    const labels = [...this.#givenUp, ...this.#channel.scopes.map(({ label }) => label)]
    return [this.#state, ...new Set(labels)].filter((text) => text !== '').join(', ')
  }

  /** Whether the thread must leave by itself, since terminate() might abort the process. */
  get #mustLeave (): boolean {
    this.#mayNotTerminate ||= this.#channel.scopes.some(({ isTerminable }) => !isTerminable)
    const isSet = (cell: ThreadCell): boolean => isThreadCellSet(this.#cells, cell)
    return this.#mayNotTerminate || (isSet(ThreadCell.hasAddon) && isSet(ThreadCell.canLeave))
  }

  /** At least one session of the thread will not end, although it was aborted. May be called again. */
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

  /** Tells the thread to leave, once no session is awaited any more. */
  async leave (): Promise<void> {
    if (this.isLeaving || this.#isGone) return
    this.isLeaving = true
    this.#state ||= 'closing its app'
    // The process waits for a thread that it would have to take along.
    this.#piscina.keepProcess()
    this.#channel.post({ leave: this.#grace, isPatient: this.#mayNotTerminate })
    await settledWithin(2 * this.#grace + Math.max(this.#grace, interval), this.#exited)
    while (!this.#isGone) {
      if (!this.#mustLeave || await this.#isStuck()) return await this.#terminate()
      await settledWithin(interval, this.#exited)
    }
  }

  /** Ends the sessions that must end as lost, whatever the thread is doing. */
  giveUp (): void {
    this.#giveUp(this.#overdue, 'the thread has not ended')
  }

  /** A session of the thread has ended. */
  sessionSettled (): void {
    this.#onSettled()
  }

  receive (notice: ThreadNotice): void {
    if (notice.thread === 'turns') this.#onTurn.get(notice.retire)?.()
    if (notice.thread === 'kept') this.#logKept(notice)
  }

  /** Sessions that must end, and have not. */
  get #overdue (): ThreadSession[] {
    return this.#channel.openSessions.filter(({ mustEnd }) => mustEnd)
  }

  #giveUp (sessions: ThreadSession[], why: string): void {
    for (const session of sessions) {
      if (!session.isOpen) continue
      this.#givenUp.push(session.scope!.label)
      session.giveUp(new Error(why))
    }
  }

  async #terminate (): Promise<void> {
    if (this.#isGone) return
    this.isLeaving = false
    this.#state = 'terminated, and in a native call'
    await this.#events.terminate()
  }

  /**
   * Whether the thread is stuck in JavaScript. Resolves with false when its event loop has turned, or the
   * thread is gone; not before a native call has returned.
   */
  async #isStuck (): Promise<boolean> {
    const overdue = this.#overdue
    let hasTurned = false
    const question = ++this.#question
    const turned = new Promise<void>((resolve) => {
      this.#onTurn.set(question, () => {
        this.#onTurn.delete(question)
        hasTurned = true
        this.#giveUp(overdue, 'the thread is retired')
        resolve()
      })
    })
    this.#channel.post({ retire: question, lost: overdue.map(({ id }) => id) })
    const heard = Promise.race([turned, this.#exited])
    const isOver = (): boolean => hasTurned || this.#isGone
    await settledWithin(turnTimeout, heard)
    let answers = 0
    while (!isOver()) {
      this.#state = answers > 0 ? 'in JavaScript' : 'in a native call'
      // The first answer may be that of a native call that has returned, after which the event loop turns.
      const isInJavaScript = await this.#untilInJavaScript(heard, answers > 0)
      answers = isInJavaScript ? answers + 1 : 0
      if (!isOver() && answers === requiredAnswers && !this.#mayNotTerminate) return true
      await settledWithin(turnTimeout, heard)
    }
    this.#state = this.isLeaving ? 'leaving' : 'retired'
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

  /**
   * Resolves with true once no session is open any more, or the thread is gone; with false when the thread
   * has been told to stop more than `stops` times.
   */
  async #whenSettled (stops: number): Promise<boolean> {
    this.#channel.withdrawAll()
    const isOver = (): boolean => this.#isGone || this.#channel.openSessions.length === 0
    if (isOver() || this.#stops > stops) return isOver()
    await new Promise<void>((resolve) => {
      this.#onStopAgain = resolve
      this.#onSettled = () => { if (isOver()) resolve() }
      this.#exited.then(resolve)
    })
    return isOver()
  }

  /**
   * Logs a thread that goes on computing: it takes a processor from the others, and only its author can
   * change that.
   */
  #watchProcessor (): void {
    const { performance } = this.#piscina.worker!
    let before = performance.eventLoopUtilization()
    const timer = setInterval(() => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      if (utilization < 0.5) return
      clearInterval(timer)
      const what = 'a thread that cannot be terminated, and does not end, goes on using a processor'
      this.#events.log(`${what}: ${this.activity}`)
    }, 5 * interval).unref()
    this.#exited.then(() => clearInterval(timer))
  }

  #logKept ({ resources, isCut }: Extract<ThreadNotice, { thread: 'kept' }>): void {
    const isAddon = resources.length === 0
    const kept = isAddon ? 'work of an addon, it seems: nothing that Node shows' : resources.join(', ')
    const outcome = isCut ? '; it exits all the same. Close it in an onClose hook' : ''
    this.#events.log(`a thread that is to leave is kept by ${kept}${outcome}: ${this.activity}`)
  }
}
