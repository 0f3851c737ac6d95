import type { Failure } from '../../dependencies/request-scope.js'
import { fromFault, toFault } from '../../wire/error.js'
import type { Return, Turn } from '../../wire/messages.js'
import { mend, type Parcel } from '../../wire/values.js'
import type { Slot } from '../../executor.js'
import type { Holder } from '../visit/slot-holder.js'

/** The visit as the course sees it. */
export interface Stage extends Holder {
  begin (): void
  /** Nothing has failed: a time limit waits for the answer from then on. Gives what has ended the visit before, if anything has. */
  complete (): Failure | undefined
  resume (back: Omit<Return, 'slot'>): void
  /** Fastify's own time limit is over, and what has begun to end has not come to its end within the grace period. */
  outlast (): void
}

export type State = Pick<Return, 'reply' | 'changes'>

/** While a visit is open either the worker goes on, or the loop, which has been given its turn and gives it back. */
export class Turns {
  /** While it is open. */
  #visit: Stage | undefined
  /** The loop's, if it is. */
  #turn: Turn['turn'] | undefined
  /** What the loop has told the worker. */
  #told: Failure | undefined
  #onEnd: ((failure: Failure | undefined) => void) | undefined
  /** What the visit has ended with. */
  #failure: Failure | undefined

  get held (): Slot | undefined {
    return this.#visit?.held
  }

  /** Whether it is the worker's, or the loop tears down for it. */
  get isWorkers (): boolean {
    return this.#visit !== undefined && (this.#turn === undefined || this.#turn === 'dispose')
  }

  get isLoops (): boolean {
    return this.#turn !== undefined
  }

  /** Whether the visit will not end for the handler to run: a failure has been told, or its end is waited for. */
  get isEnding (): boolean {
    return this.#onEnd !== undefined || this.#told !== undefined
  }

  get failure (): Failure | undefined {
    return this.#failure
  }

  is (turn: Turn['turn']): boolean {
    return this.#turn === turn
  }

  /** See Stage.complete. */
  complete (): Failure | undefined {
    return this.#visit?.complete()
  }

  /** See Stage.outlast. */
  outlast (): void {
    this.#visit?.outlast()
  }

  open (visit: Stage): void {
    this.#visit = visit
    visit.begin()
  }

  /** It is the loop's. */
  take (turn: Turn['turn']): void {
    this.#turn = turn
  }

  /** Why the worker disposes, or has left: of a failure that the loop has told, the very one. */
  explain ({ isLoops, fault }: { isLoops?: boolean, fault?: Return['fault'] }): Failure | undefined {
    if (isLoops === true) return this.#told
    return fault === undefined ? undefined : { error: fromFault(fault) }
  }

  giveBack (back: { dependencies?: Parcel | undefined } & Omit<Return, 'slot' | 'dependencies'>): void {
    const { dependencies, ...rest } = back
    this.#turn = undefined
    const message: Omit<Return, 'slot'> = dependencies === undefined ? rest : { ...rest, dependencies }
    try {
      this.#visit?.resume(message)
    } catch {
      mend(dependencies!)
      this.#visit?.resume(message)
    }
  }

  /** `state` is what is on the reply and the request. */
  tell (failure: Failure, state: State = {}): void {
    this.#told = failure
    this.giveBack({ ...state, fault: toFault(failure.error) })
  }

  /** Has the worker tear down what is its own. Gives what comes out, once the visit has ended. */
  async finish (failure: Failure | undefined, readState: () => State): Promise<Failure | undefined> {
    if (this.#visit === undefined) return failure ?? this.#failure
    const ended = new Promise<Failure | undefined>((resolve) => { this.#onEnd = resolve })
    // Where a failure has been told meanwhile the worker has its turn already.
    if (this.#turn === undefined) return await ended
    this.#told = failure
    this.giveBack({ ...readState(), ...failure === undefined ? { isAnswered: true } : { fault: toFault(failure.error) } })
    return await ended
  }

  /** The visit has ended. Whether finish() has waited for it. */
  end (failure: Failure | undefined): boolean {
    this.#visit = this.#turn = undefined
    this.#failure = failure
    this.#onEnd?.(failure)
    return this.#onEnd !== undefined
  }
}
