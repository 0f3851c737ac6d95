import type { Failure } from '../../dependencies/request-scope.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type { LoopStep, StepResult } from '../../wire/messages.js'
import { dropUncloneable, type EncodedValues } from '../../wire/values.js'
import type { Session } from '../../executor.js'
import type { SessionHolder } from '../visit/session-holder.js'

/** The visit as the course sees it. */
export interface SuspendableVisit extends SessionHolder {
  start (): void
  /** Nothing has failed: a time limit waits for the answer from then on. Gives what has ended the visit before, if anything has. */
  complete (): Failure | undefined
  resume (result: StepResult): void
  /** Fastify's own time limit is over, and what has begun to end has not come to its end within the grace period. */
  outlast (): void
}

export type StepState = Pick<StepResult, 'reply' | 'changes'>

/** While a visit is open either the worker goes on, or the loop, which has been given its turn and gives it back. */
export class LoopSteps {
  /** While it is open. */
  #visit: SuspendableVisit | undefined
  /** The loop's, if it is. */
  #step: LoopStep['step'] | undefined
  /** What the loop has told the worker. */
  #sentFailure: Failure | undefined
  #onEnd: ((failure: Failure | undefined) => void) | undefined
  /** What the visit has ended with. */
  #failure: Failure | undefined

  get session (): Session | undefined {
    return this.#visit?.session
  }

  /** Whether it is the worker's, or the loop tears down for it. */
  get isWorkerStep (): boolean {
    return this.#visit !== undefined && (this.#step === undefined || this.#step === 'teardown')
  }

  get isLoopStep (): boolean {
    return this.#step !== undefined
  }

  /** Whether the visit will not end for the handler to run: a failure has been told, or its end is waited for. */
  get isEnding (): boolean {
    return this.#onEnd !== undefined || this.#sentFailure !== undefined
  }

  get failure (): Failure | undefined {
    return this.#failure
  }

  is (step: LoopStep['step']): boolean {
    return this.#step === step
  }

  /** See Stage.complete. */
  markCompleting (): Failure | undefined {
    return this.#visit?.complete()
  }

  /** See Stage.outlast. */
  outlast (): void {
    this.#visit?.outlast()
  }

  open (visit: SuspendableVisit): void {
    this.#visit = visit
    visit.start()
  }

  /** It is the loop's. */
  beginStep (step: LoopStep['step']): void {
    this.#step = step
  }

  /** Why the worker disposes, or has left: of a failure that the loop has told, the very one. */
  failureOf ({ isSameFailure, error }: { isSameFailure?: boolean, error?: StepResult['error'] }): Failure | undefined {
    if (isSameFailure === true) return this.#sentFailure
    return error && { error: deserializeError(error) }
  }

  complete (result: { dependencies?: EncodedValues | undefined } & Omit<StepResult, 'type' | 'dependencies'>): void {
    const { dependencies, ...rest } = result
    this.#step = undefined
    const message: StepResult = { type: 'stepResult', ...rest, ...(dependencies && { dependencies }) }
    try {
      this.#visit?.resume(message)
    } catch {
      dropUncloneable(dependencies!)
      this.#visit?.resume(message)
    }
  }

  /** `state` is what is on the reply and the request. */
  fail (failure: Failure, state: StepState = {}): void {
    this.#sentFailure = failure
    this.complete({ ...state, error: serializeError(failure.error) })
  }

  /** Has the worker tear down what is its own. Gives what comes out, once the visit has ended. */
  async finish (failure: Failure | undefined, readState: () => StepState): Promise<Failure | undefined> {
    if (this.#visit === undefined) return failure ?? this.#failure
    const ended = new Promise<Failure | undefined>((resolve) => { this.#onEnd = resolve })
    // Where a failure has been told meanwhile the worker has its turn already.
    if (this.#step === undefined) return await ended
    this.#sentFailure = failure
    this.complete({ ...readState(), ...failure === undefined ? { isAnswered: true } : { error: serializeError(failure.error) } })
    return await ended
  }

  /** The visit has ended. Whether finish() has waited for it. */
  end (failure: Failure | undefined): boolean {
    this.#visit = this.#step = undefined
    this.#failure = failure
    this.#onEnd?.(failure)
    return this.#onEnd !== undefined
  }
}
