import { addSite, type CallSite } from '../../functions/call-site.js'
import { AbortReason, isTerminal } from '../../wire/abort-reason.js'
import { decodeOutcome, encodeArguments, type Encoded, toArgumentsError } from '../../wire/arguments.js'
import type { LoopCall, LoopCallResult } from '../../wire/call-messages.js'
import type { LogFacts, LoggerCall, LogLine } from '../../wire/log-messages.js'
import type { WorkerChannel, WorkerSession } from '../session.js'
import { toAbortError } from '../visit/abort-signal.js'
import { currentTask, type CurrentTask } from '../visit/current-task.js'

interface Pending {
  label: string
  task: CurrentTask | undefined
  site: CallSite
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** This worker's calls to the loop: functions declared by onLoop, and methods of loggers. */
export class LoopCalls {
  readonly #channel: WorkerChannel
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor (channel: WorkerChannel) {
    this.#channel = channel
  }

  async call (name: string, label: string, args: unknown[], site: CallSite): Promise<unknown> {
    const task = currentTask()
    const lost = this.#lostErrorOf(task)
    if (lost !== undefined) throw addSite(lost, site, label)
    return await new Promise((resolve, reject) => {
      const { call, encoded } = this.#createCall(name, label, args)
      try {
        this.#channel.call(call, task?.session, encoded.transferList)
      } catch (error) {
        throw toArgumentsError(error, encoded, label)
      }
      this.#pending.set(call.id, { label, task, site, resolve, reject })
    })
  }

  /** Blocks the thread until the loop responds, or until the calling task must stop. */
  callSync (name: string, label: string, args: unknown[], site: CallSite): unknown {
    const task = currentTask()
    const before = task?.abortReason
    const lost = this.#lostErrorOf(task)
    if (lost !== undefined) throw addSite(lost, site, label)
    let stop: unknown
    const findError = (): unknown => {
      const reason = task?.abortReason ?? AbortReason.none
      // A client that has hung up is no reason to throw: a handler may go on after that.
      const mustStop = reason !== before && reason !== AbortReason.none && reason !== AbortReason.clientGone
      const lost = this.#lostErrorOf(task)
      stop = mustStop ? toAbortError(reason, task!) : lost && addSite(lost, site, label)
      return stop
    }
    const { call, encoded } = this.#createCall(name, label, args)
    let result: LoopCallResult
    try {
      result = this.#channel.callSync(call, task?.session, encoded.transferList, findError)
    } catch (error) {
      throw stop !== undefined && error === stop ? error : toArgumentsError(error, encoded, label)
    }
    return unwrapResult(result, label, site)
  }

  #createCall (name: string, label: string, args: unknown[]): { call: LoopCall, encoded: Encoded } {
    const encoded = encodeArguments(args, label)
    return { call: { type: 'loopCall', id: ++this.#lastId, name, args: encoded.values }, encoded }
  }

  /** Reads facts of a line's logger on the loop. Blocks the thread until the loop responds. */
  askLogger (line: LogLine, session: WorkerSession | undefined): LogFacts {
    const result = this.#channel.callSync(this.#loggerCall(line), session, [], () => undefined)
    return unwrapResult(result, 'log', {}) as LogFacts
  }

  async flushLogger (line: LogLine, session: WorkerSession | undefined): Promise<void> {
    await new Promise((resolve, reject) => {
      const call = this.#loggerCall(line)
      this.#channel.call(call, session, [])
      this.#pending.set(call.id, { label: 'log', task: undefined, site: {}, resolve, reject })
    })
  }

  #loggerCall (line: LogLine): LoggerCall {
    return { type: 'loggerCall', id: ++this.#lastId, line }
  }

  /** Rejects the pending calls of given-up tasks, to which the loop does not respond. */
  rejectGivenUp (): void {
    for (const [id, { label, task, site, reject }] of this.#pending) {
      const lost = this.#lostErrorOf(task)
      if (lost === undefined) continue
      this.#pending.delete(id)
      reject(addSite(lost, site, label))
    }
  }

  receiveResult (result: LoopCallResult): void {
    const pending = this.#pending.get(result.id)
    if (pending === undefined) return // the call has been rejected by rejectGivenUp()
    const { label, site, resolve, reject } = pending
    this.#pending.delete(result.id)
    try {
      resolve(unwrapResult(result, label, site))
    } catch (error) {
      reject(error)
    }
  }

  /**
   * Returns the error for a task to which the loop does not respond: the thread is to exit, and the task had
   * to stop and did not. Undefined for any other task.
   */
  #lostErrorOf (task: CurrentTask | undefined): Error | undefined {
    if (task === undefined || !this.#channel.isRetired) return undefined
    return isTerminal(task.abortReason) ? toAbortError(task.abortReason, task) : undefined
  }
}

function unwrapResult ({ outcome }: LoopCallResult, label: string, site: CallSite): unknown {
  const result = decodeOutcome(outcome)
  if ('thrown' in result) throw addSite(result.thrown, site, label)
  return result.value
}
