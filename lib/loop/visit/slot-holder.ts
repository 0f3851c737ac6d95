import { AsyncLocalStorage } from 'node:async_hooks'
import { RequestScope } from '../../dependencies/request-scope.js'
import type { Slot } from '../../executor.js'

/** Who has a place in a worker while it runs on the loop. */
export interface SlotHolder {
  /** The place; undefined if it has none, or none any more. */
  readonly slot: Slot | undefined
  /** Set while the thread waits for it, and does nothing else. */
  readonly isAwaited?: boolean
  /** Set once the thread is retired: nobody waits for what it asks. */
  readonly isGivenUp?: boolean
}

/** Tells a call on whose behalf it is made. Entered only where somebody may have a place and a function may be called. */
export class CurrentSlot {
  readonly #storage = new AsyncLocalStorage<SlotHolder>()

  get current (): SlotHolder | undefined {
    return this.#storage.getStore()
  }

  run<Result> (slotHolder: SlotHolder, run: () => Result): Result {
    return this.#storage.run(slotHolder, run)
  }
}

/** Dependencies on the loop whose request may hold a visit. */
export class SlotScope extends RequestScope {
  readonly #currentSlot: CurrentSlot
  readonly #slotHolder: SlotHolder

  constructor (currentSlot: CurrentSlot, slotHolder: SlotHolder, ...scope: ConstructorParameters<typeof RequestScope>) {
    super(...scope)
    this.#currentSlot = currentSlot
    this.#slotHolder = slotHolder
  }

  override resolve (phase: number): ReturnType<RequestScope['resolve']> {
    return this.#currentSlot.run(this.#slotHolder, () => super.resolve(phase))
  }

  override dispose (phase: number, failure: Parameters<RequestScope['dispose']>[1]): ReturnType<RequestScope['dispose']> {
    return this.#currentSlot.run(this.#slotHolder, () => super.dispose(phase, failure))
  }
}
