import { CalledTooEarly, WrongRoute } from '../../errors.js'
import type { DeclaredFunction } from '../../functions/declare.js'
import type { Asked, Slot } from '../../executor.js'
import { explainOutcome, type Packed, packOutcome, packThrown, unpackArguments } from '../../wire/arguments.js'
import type { Holder, Holders } from '../visit/slot-holder.js'

/** A worker's question while it is open. */
class Asking implements Holder {
  isAwaited: boolean
  readonly #slot: Slot | undefined

  constructor ({ slot, ask: { isSync } }: Asked) {
    this.#slot = slot
    this.isAwaited = isSync
  }

  get held (): Slot | undefined {
    return this.#slot?.isHeld === true ? this.#slot : undefined
  }

  get isGivenUp (): boolean {
    return this.#slot?.isGivenUp === true
  }
}

/** Calls the function that a worker wants called, and tells it what has come of that. `holders` is for apps in which it may call back. */
export async function answerAsk (asked: Asked, functions: ReadonlyMap<string, DeclaredFunction> | undefined, holders: Holders | undefined): Promise<void> {
  const { ask: { ask: name, args } } = asked
  const asking = new Asking(asked)
  const what = `onLoop ${name}`
  let packed: Packed
  try {
    if (functions === undefined) throw new CalledTooEarly(what)
    const declared = functions.get(name)
    if (declared === undefined) throw new WrongRoute(what, 'none of its functions')
    const call = (): unknown => declared.run(...unpackArguments(args))
    const callHeld = (): unknown => holders === undefined ? call() : holders.run(asking, call)
    const value = await (asked.asker === undefined ? callHeld() : asked.asker.runInAsyncScope(callHeld))
    packed = packOutcome({ value }, what)
  } catch (thrown) {
    packed = packThrown(thrown, what)
  }
  asking.isAwaited = false
  try {
    asked.tell(packed.parcel, packed.moved)
  } catch (error) {
    asked.tell(packThrown(explainOutcome(error, packed, what), what).parcel, [])
  }
}
