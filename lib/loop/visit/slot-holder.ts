import { AsyncLocalStorage } from 'node:async_hooks'
import { Scope } from '../../dependencies/request-scope.js'
import type { Slot } from '../../executor.js'

/** Who has a place in a worker while it runs on the loop. */
export interface Holder {
  /** The place; undefined if it has none, or none any more. */
  readonly held: Slot | undefined
  /** Set while the thread waits for it, and does nothing else. */
  readonly isAwaited?: boolean
  /** Set once the thread is retired: nobody waits for what it asks. */
  readonly isGivenUp?: boolean
}

/** Tells a call on whose behalf it is made. Entered only where somebody may have a place and a function may be called. */
export class Holders {
  readonly #storage = new AsyncLocalStorage<Holder>()

  get current (): Holder | undefined {
    return this.#storage.getStore()
  }

  run<Result> (holder: Holder, run: () => Result): Result {
    return this.#storage.run(holder, run)
  }
}

/** Dependencies on the loop whose request may hold a visit. */
export class HeldScope extends Scope {
  readonly #holders: Holders
  readonly #holder: Holder

  constructor (holders: Holders, holder: Holder, ...scope: ConstructorParameters<typeof Scope>) {
    super(...scope)
    this.#holders = holders
    this.#holder = holder
  }

  override resolve (phase: number): ReturnType<Scope['resolve']> {
    return this.#holders.run(this.#holder, () => super.resolve(phase))
  }

  override dispose (phase: number, failure: Parameters<Scope['dispose']>[1]): ReturnType<Scope['dispose']> {
    return this.#holders.run(this.#holder, () => super.dispose(phase, failure))
  }
}
