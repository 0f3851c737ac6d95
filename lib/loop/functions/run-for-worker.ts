import { CalledTooEarly, WrongRoute } from '../../errors.js'
import type { DeclaredFunction } from '../../functions/declare.js'
import type { IncomingLoopCall, Slot } from '../../executor.js'
import { toOutcomeError, type Encoded, encodeOutcome, encodeThrown, decodeArguments } from '../../wire/arguments.js'
import type { SlotHolder, CurrentSlot } from '../visit/slot-holder.js'

/** A worker's question while it is open. */
class IncomingCall implements SlotHolder {
  isAwaited: boolean
  readonly #slot: Slot | undefined

  constructor ({ slot, call: { isSync } }: IncomingLoopCall) {
    this.#slot = slot
    this.isAwaited = isSync
  }

  get slot (): Slot | undefined {
    return this.#slot?.isHeld === true ? this.#slot : undefined
  }

  get isGivenUp (): boolean {
    return this.#slot?.isGivenUp === true
  }
}

/** Calls the function that a worker wants called, and tells it what has come of that. `holders` is for apps in which it may call back. */
export async function runForWorker (asked: IncomingLoopCall, functions: ReadonlyMap<string, DeclaredFunction> | undefined, currentSlot: CurrentSlot | undefined): Promise<void> {
  const { call: { loopCall: name, args } } = asked
  const incoming = new IncomingCall(asked)
  const what = `onLoop ${name}`
  let packed: Encoded
  try {
    if (functions === undefined) throw new CalledTooEarly(what)
    const declared = functions.get(name)
    if (declared === undefined) throw new WrongRoute(what, 'none of its functions')
    const call = (): unknown => declared.run(...decodeArguments(args))
    const callInSlot = (): unknown => currentSlot === undefined ? call() : currentSlot.run(incoming, call)
    const value = await (asked.scope === undefined ? callInSlot() : asked.scope.runInAsyncScope(callInSlot))
    packed = encodeOutcome({ value }, what)
  } catch (thrown) {
    packed = encodeThrown(thrown, what)
  }
  incoming.isAwaited = false
  try {
    asked.respond(packed.values, packed.transferList)
  } catch (error) {
    asked.respond(encodeThrown(toOutcomeError(error, packed, what), what).values, [])
  }
}
