import type { LogFacts, LogLine, LoggerCall } from '../../wire/log-messages.js'
import { addSite, type CallSite } from '../../functions/call-site.js'
import { AbortReason, isTerminal } from '../../wire/abort-reason.js'
import { decodeOutcome, encodeArguments, toArgumentsError } from '../../wire/arguments.js'
import type { LoopCall, LoopCallResult } from '../../wire/call-messages.js'
import type { WorkerChannel, WorkerSession } from '../session.js'
import { toAbortError } from '../visit/abort-signal.js'
import { currentTask, type Task } from '../visit/current-task.js'

interface Pending {
  label: string
  task: Task | undefined
  site: CallSite
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** The calls of this worker to the loop: functions declared by onLoop, and loggers. */
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
      const call = this.#send(name, label, args, (call, transferList) => {
        this.#channel.call(call, task?.session, transferList)
        return call
      })
      this.#pending.set(call.id, { label, task, site, resolve, reject })
    })
  }

  /** The thread waits until the loop has responded, or until what runs here must stop. */
  callSync (name: string, label: string, args: unknown[], site: CallSite): unknown {
    const task = currentTask()
    const before = task?.abortReason
    const lost = this.#lostErrorOf(task)
    if (lost !== undefined) throw addSite(lost, site, label)
    const findError = (): unknown => {
      const reason = task?.abortReason ?? AbortReason.none
      // A client that has hung up is no reason: the handler may go on, as any other does.
      const isReason = reason !== before && reason !== AbortReason.none && reason !== AbortReason.clientGone
      return isReason ? toAbortError(reason, task!) : this.#lostErrorOf(task) && addSite(this.#lostErrorOf(task), site, label)
    }
    const result = this.#send(name, label, args, (call, transferList) => this.#channel.callSync(call, task?.session, transferList, findError))
    return unwrapResult(result, label, site)
  }

  #send<Result> (name: string, label: string, args: unknown[], post: (call: LoopCall, transferList: ReturnType<typeof encodeArguments>['transferList']) => Result): Result {
    const encoded = encodeArguments(args, label)
    try {
      return post({ type: 'loopCall', id: ++this.#lastId, name, args: encoded.values }, encoded.transferList)
    } catch (error) {
      throw error instanceof DOMException && error.name === 'DataCloneError' ? toArgumentsError(error, encoded, label) : error
    }
  }

  /** Asks the logger of a line on the loop. The thread waits. */
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

  /** Nobody awaits the calls of what has been given up: the loop does not respond. */
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
    if (pending === undefined) return // given up
    const { label, site, resolve, reject } = pending
    this.#pending.delete(result.id)
    try {
      resolve(unwrapResult(result, label, site))
    } catch (error) {
      reject(error)
    }
  }

  /** Why the loop does not respond: the task had to stop and did not, in a thread that is to leave. */
  #lostErrorOf (task: Task | undefined): Error | undefined {
    if (task === undefined || !this.#channel.isRetired) return undefined
    return isTerminal(task.abortReason) ? toAbortError(task.abortReason, task) : undefined
  }
}

function unwrapResult ({ outcome }: LoopCallResult, label: string, site: CallSite): unknown {
  const result = decodeOutcome(outcome)
  if ('thrown' in result) throw addSite(result.thrown, site, label)
  return result.value
}
