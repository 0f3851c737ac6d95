import type { Failure } from '../../dependencies/failure.js'
import type { Plan } from '../../dependencies/plan.js'
import type { RequestScope } from '../../dependencies/request-scope.js'
import type { LoopSteps } from './steps.js'

/**
 * Tears down what ends before an answer of the loop is serialized, last in, first out: in an open visit first
 * the phase of the handler, then those of the worker and those between them, at last the first one.
 */
export class SerializationEnd {
  #continue: ((failure: Failure | undefined) => void) | undefined
  readonly #plan: Plan
  readonly #scope: RequestScope
  readonly #steps: LoopSteps
  readonly #isOver: () => boolean
  readonly #whileBusy: <Result>(work: () => Promise<Result>) => Promise<Result>

  /**
   * `isOver` tells whether the whole teardown has begun, or is postponed. `whileBusy` lets that teardown wait
   * for the work.
   */
  constructor (
    plan: Plan,
    scope: RequestScope,
    steps: LoopSteps,
    isOver: () => boolean,
    whileBusy: <Result>(work: () => Promise<Result>) => Promise<Result>
  ) {
    this.#plan = plan
    this.#scope = scope
    this.#steps = steps
    this.#isOver = isOver
    this.#whileBusy = whileBusy
  }

  /** Whether the worker has been asked to tear down its phases, and has not done so yet. */
  get isInWorker (): boolean {
    return this.#continue !== undefined
  }

  /**
   * Returns the first failure. Decides nothing: a time limit may still end the request. If the visit ends
   * meanwhile, something else answers, and the promise stays pending.
   */
  async end (): Promise<Failure | undefined> {
    const { handlerPhase } = this.#plan
    const failure = await this.#dispose(handlerPhase, handlerPhase) ?? await this.#endInWorker()
    return failure ?? await this.#dispose(handlerPhase - 1, 0)
  }

  async #dispose (last: number, first: number): Promise<Failure | undefined> {
    if (this.#isOver()) return undefined
    return await this.#whileBusy(async () => {
      for (let phase = last; phase >= first; phase--) {
        const failure = await this.#scope.disposeBeforeSerialization(phase)
        if (failure !== undefined) return failure
      }
      return undefined
    })
  }

  async #endInWorker (): Promise<Failure | undefined> {
    const { handlerPhase, phases } = this.#plan
    const isNeeded = phases.some(({ endsBeforeSerialization }, phase) =>
      endsBeforeSerialization && phase > 0 && phase < handlerPhase)
    if (!isNeeded || this.#isOver() || !this.#steps.isLoopStep) return undefined
    return await new Promise((resolve) => {
      this.#continue = resolve
      this.#steps.complete({ ...this.#steps.readState(), endsBeforeSerialization: true })
    })
  }

  /** Called when the worker has torn down its phases. `stored` as that of LoopSteps.restore(). */
  workerEnded (failure: Failure | undefined, stored: Promise<void> | undefined): void {
    const proceed = this.#continue!
    this.#continue = undefined
    if (stored === undefined) proceed(failure)
    else stored.then(() => proceed(failure), (error: unknown) => proceed(failure ?? { error }))
  }
}
