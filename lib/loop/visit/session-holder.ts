import { AsyncLocalStorage } from 'node:async_hooks'
import { RequestScope } from '../../dependencies/request-scope.js'
import type { Session } from '../../executor.js'

/** What runs on the loop, and may have a session in a worker meanwhile. */
export interface SessionHolder {
  /** Undefined if there is none, or none any more. */
  readonly session: Session | undefined
  /** Set while the worker waits for what runs, and does nothing else. */
  readonly isAwaited?: boolean
  /** Set once the session is given up: nobody waits for what runs. */
  readonly isGivenUp?: boolean
}

/** The holder on whose behalf code runs. Entered only where there may be a session, and a function to be called in it. */
export class CurrentSession {
  readonly #storage = new AsyncLocalStorage<SessionHolder>()

  get holder (): SessionHolder | undefined {
    return this.#storage.getStore()
  }

  run<Result> (holder: SessionHolder, run: () => Result): Result {
    return this.#storage.run(holder, run)
  }
}

/** Dependencies on the loop whose request may have a session. */
export class SessionScope extends RequestScope {
  readonly #currentSession: CurrentSession
  readonly #holder: SessionHolder

  constructor (currentSession: CurrentSession, holder: SessionHolder, ...scope: ConstructorParameters<typeof RequestScope>) {
    super(...scope)
    this.#currentSession = currentSession
    this.#holder = holder
  }

  override resolve (phase: number): ReturnType<RequestScope['resolve']> {
    return this.#currentSession.run(this.#holder, () => super.resolve(phase))
  }

  override dispose (phase: number, failure: Parameters<RequestScope['dispose']>[1]): ReturnType<RequestScope['dispose']> {
    return this.#currentSession.run(this.#holder, () => super.dispose(phase, failure))
  }
}
