import { AsyncResource } from 'node:async_hooks'
import { type Carriers, runInContexts } from '../../context/carriers.js'
import { WrongRoute } from '../../errors.js'
import type { OffloadedFunction } from '../../functions/declare.js'
import { isThenable } from '../../promises.js'
import { toAbortError } from '../../request/abort-error.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { decodeArguments, type Outcome, sendOutcome } from '../../wire/arguments.js'
import type { OpenCall } from '../../wire/call-messages.js'
import type { SessionReceiver, WorkerSession } from '../session.js'
import { createAbortSignal } from '../visit/abort-signal.js'
import { type Caller, runAsCaller } from '../visit/caller.js'

/** State that all calls of a registration's offloaded functions share. */
export interface CallContext {
  functions: ReadonlyMap<string, OffloadedFunction>
  /** Default time limit of a call in ms. */
  timeout: number
  carriers: Carriers
}

/** One call of an offloaded function in the worker. Has an async context of its own, as a visit has. */
export class WorkerCall extends AsyncResource implements Caller, SessionReceiver {
  readonly label: string
  readonly timeout: number
  readonly #open: OpenCall
  readonly #offloaded: OffloadedFunction | undefined
  readonly #carriers: Carriers
  #signal: AbortSignal | undefined

  constructor (
    open: OpenCall, readonly session: WorkerSession, { functions, timeout, carriers }: CallContext
  ) {
    super('fastify-blocking.call')
    this.#open = open
    this.#offloaded = functions.get(open.name)
    this.#carriers = carriers
    this.label = `offload ${open.name}`
    this.timeout = this.#offloaded?.limits.timeout ?? timeout
  }

  get isOver (): boolean {
    return this.session.isOver
  }

  get abortReason (): AbortReason {
    return this.session.abortReason
  }

  get signal (): AbortSignal {
    this.#signal ??= createAbortSignal(this)
    return this.#signal
  }

  start (): this {
    try {
      const result = this.runInAsyncScope(this.#run, this)
      // A synchronous result is sent at once, without waiting for a promise.
      if (!isThenable(result)) this.#end({ value: result })
      else {
        Promise.resolve(result)
          .then((value) => this.#end({ value }), (thrown: unknown) => this.#end({ thrown }))
      }
    } catch (thrown) {
      this.#end({ thrown })
    }
    return this
  }

  receive (): void {}
  giveUp (): void {}

  #run (): unknown {
    const offloaded = this.#offloaded
    if (offloaded === undefined) throw new WrongRoute(this.label, 'none of its functions')
    // The call was aborted while it waited for the thread.
    if (this.abortReason !== AbortReason.none) throw toAbortError(this.abortReason, this)
    const { args, context } = this.#open
    let result: unknown
    const run = (): void => { result = offloaded.run(...decodeArguments(args)) }
    runAsCaller(this, () => runInContexts(this.#carriers, context, undefined, run))
    return result
  }

  #end (outcome: Outcome): void {
    sendOutcome(outcome, this.label, ({ values, transferList }) => {
      this.session.send({ type: 'result', outcome: values }, transferList)
    })
  }
}
