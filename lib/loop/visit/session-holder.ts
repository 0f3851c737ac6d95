import { AsyncLocalStorage } from 'node:async_hooks'
import { RequestScope } from '../../dependencies/request-scope.js'
import type { Session } from '../../executor.js'

/** Work on the loop that may have a session in a worker meanwhile. */
export interface SessionHolder {
  /** The open session; undefined if there is none. */
  readonly session: Session | undefined
  /** Set while the worker is blocked until the work is done. */
  readonly isAwaited?: boolean
  /** Set once the session is given up: nobody waits for the work. */
  readonly isGivenUp?: boolean
}

/**
 * Tracks the holder on whose behalf code runs on the loop. Entered only by requests that may have a session,
 * in an app with functions that may be called in the session.
 */
export class CurrentSession {
  readonly #storage = new AsyncLocalStorage<SessionHolder>()

  get holder (): SessionHolder | undefined {
    return this.#storage.getStore()
  }

  run<Result> (holder: SessionHolder, run: () => Result): Result {
    return this.#storage.run(holder, run)
  }
}

/** The scope of a request that may have a session: dependencies run with its holder as the current one. */
export class SessionScope extends RequestScope {
  readonly #currentSession: CurrentSession
  readonly #holder: SessionHolder

  constructor (
    currentSession: CurrentSession,
    holder: SessionHolder,
    ...scope: ConstructorParameters<typeof RequestScope>
  ) {
    super(...scope)
    this.#currentSession = currentSession
    this.#holder = holder
  }

  override resolve (phase: number): ReturnType<RequestScope['resolve']> {
    return this.#currentSession.run(this.#holder, () => super.resolve(phase))
  }

  override dispose (
    phase: number, failure: Parameters<RequestScope['dispose']>[1]
  ): ReturnType<RequestScope['dispose']> {
    return this.#currentSession.run(this.#holder, () => super.dispose(phase, failure))
  }
}
