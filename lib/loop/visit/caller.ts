import type { AsyncLocalStorage } from 'node:async_hooks'
import type { Failure } from '../../dependencies/failure.js'
import { RequestScope } from '../../dependencies/request-scope.js'
import type { Session } from '../../executor.js'

/** Work on the loop that may call a function in the session that it has in a worker meanwhile. */
export interface Caller {
  /** The open session; undefined if there is none. */
  readonly session: Session | undefined
  /** Set while the worker is blocked until the work is done. */
  readonly isAwaited?: boolean
  /** Set once the session is given up: nobody waits for the work. */
  readonly isGivenUp?: boolean
}

/**
 * Tracks the caller on whose behalf code runs on the loop. Entered only by requests that may have a session,
 * in an app with functions that may be called in the session.
 */
export type CallerStorage = AsyncLocalStorage<Caller>

/** The scope of a request that may have a session: dependencies run with its caller as the current one. */
export class CallerScope extends RequestScope {
  readonly #callers: CallerStorage
  readonly #caller: Caller

  constructor (callers: CallerStorage, caller: Caller, ...scope: ConstructorParameters<typeof RequestScope>) {
    super(...scope)
    this.#callers = callers
    this.#caller = caller
  }

  override resolve (...phase: Parameters<RequestScope['resolve']>): ReturnType<RequestScope['resolve']> {
    return this.#callers.run(this.#caller, () => super.resolve(...phase))
  }

  override disposeBeforeSerialization (phase: number): Promise<Failure | undefined> {
    return this.#callers.run(this.#caller, () => super.disposeBeforeSerialization(phase))
  }

  override dispose (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    return this.#callers.run(this.#caller, () => super.dispose(phase, failure))
  }

  override disposeLate (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    return this.#callers.run(this.#caller, () => super.disposeLate(phase, failure))
  }
}
