import { addSite, type CallSite } from '../../functions/call-site.js'
import { toAbortError } from '../../request/abort-error.js'
import { AbortReason, isTerminal } from '../../wire/abort-reason.js'
import { decodeOutcome, encodeArguments, type Encoded, toArgumentsError } from '../../wire/arguments.js'
import type { LoopCall, LoopCallResult } from '../../wire/call-messages.js'
import type { LogFacts, LoggerCall, LogLine } from '../../wire/log-messages.js'
import type { WorkerChannel, WorkerSession } from '../session.js'
import { type Caller, currentCaller } from '../visit/caller.js'

interface Pending {
  label: string
  caller: Caller | undefined
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
    const caller = currentCaller()
    const lost = this.#lostErrorOf(caller)
    if (lost !== undefined) throw addSite(lost, site, label)
    return await new Promise((resolve, reject) => {
      const { call, encoded } = this.#createCall(name, label, args)
      try {
        this.#channel.call(call, caller?.session, encoded.transferList)
      } catch (error) {
        throw toArgumentsError(error, encoded, label)
      }
      this.#pending.set(call.id, { label, caller, site, resolve, reject })
    })
  }

  /** Blocks the thread until the loop responds, or until the caller must stop. */
  callSync (name: string, label: string, args: unknown[], site: CallSite): unknown {
    const caller = currentCaller()
    const before = caller?.abortReason
    const lost = this.#lostErrorOf(caller)
    if (lost !== undefined) throw addSite(lost, site, label)
    let stop: unknown
    const findError = (): unknown => {
      const reason = caller?.abortReason ?? AbortReason.none
      // A client that has hung up is no reason to throw: a handler may go on after that.
      const mustStop = reason !== before && reason !== AbortReason.none && reason !== AbortReason.clientGone
      const lost = this.#lostErrorOf(caller)
      stop = mustStop ? toAbortError(reason, caller!) : lost && addSite(lost, site, label)
      return stop
    }
    const { call, encoded } = this.#createCall(name, label, args)
    let result: LoopCallResult
    try {
      result = this.#channel.callSync(call, caller?.session, encoded.transferList, findError)
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
      this.#pending.set(call.id, { label: 'log', caller: undefined, site: {}, resolve, reject })
    })
  }

  #loggerCall (line: LogLine): LoggerCall {
    return { type: 'loggerCall', id: ++this.#lastId, line }
  }

  /** Rejects the pending calls of given-up callers, to which the loop does not respond. */
  rejectGivenUp (): void {
    for (const [id, { label, caller, site, reject }] of this.#pending) {
      const lost = this.#lostErrorOf(caller)
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
   * Returns the error for a caller to which the loop does not respond: the thread is to exit, and the caller
   * had to stop and did not. Undefined for any other caller.
   */
  #lostErrorOf (caller: Caller | undefined): Error | undefined {
    if (caller === undefined || !this.#channel.isRetired) return undefined
    return isTerminal(caller.abortReason) ? toAbortError(caller.abortReason, caller) : undefined
  }
}

function unwrapResult ({ outcome }: LoopCallResult, label: string, site: CallSite): unknown {
  const result = decodeOutcome(outcome)
  if ('thrown' in result) throw addSite(result.thrown, site, label)
  return result.value
}
