import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import type { Session } from '../../executor.js'
import { readReply, restoreReply } from '../../request/reply-head.js'
import { RequestSync } from '../../request/state-sync.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type { Left, LoopStep, StepResult } from '../../wire/messages.js'
import { type EncodedValues, sendCloneable } from '../../wire/values.js'
import type { Caller } from '../visit/caller.js'

/** The members of Visit that a plan run uses. */
export interface SuspendableVisit extends Caller {
  start (): void
  /**
   * Decides that the visit ends without an error: from then on a time limit waits for the answer. Returns the
   * failure if the visit was aborted before.
   */
  complete (): Failure | undefined
  resume (result: StepResult): void
  /**
   * Called when Fastify's own time limit is over, and the teardown has not ended within the grace period.
   */
  outlast (): void
}

type StepState = Pick<StepResult, 'reply' | 'changes'>

/**
 * The steps of a visit on the loop. While a visit is open either the worker runs, or the loop takes a step
 * that the worker has requested, and the worker waits for the result. The state of the request and the reply
 * crosses with each change.
 */
export class LoopSteps {
  /** Set while the visit is open. */
  #visit: SuspendableVisit | undefined
  /** The step that the loop is taking; undefined while the worker runs. */
  #step: LoopStep['step'] | undefined
  /** The failure that the loop has sent to the worker. */
  #sentFailure: Failure | undefined
  #onEnd: ((failure: Failure | undefined) => void) | undefined
  /** The failure with which the visit has ended. */
  #failure: Failure | undefined
  /** Set once the visit has begun, if the state of request and reply crosses before the answer. */
  #sync: RequestSync | undefined
  readonly #reply: FastifyReply

  constructor (reply: FastifyReply) {
    this.#reply = reply
  }

  get session (): Session | undefined {
    return this.#visit?.session
  }

  /** Whether the visit is open, and the worker runs, or the loop tears down a phase for it. */
  get isWorkerStep (): boolean {
    return this.#visit !== undefined && (this.#step === undefined || this.#step === 'teardown')
  }

  get isLoopStep (): boolean {
    return this.#step !== undefined
  }

  /**
   * Whether the end of the visit does not lead to the handler: a failure has been sent, or finish() waits for
   * the end.
   */
  get isEnding (): boolean {
    return this.#onEnd !== undefined || this.#sentFailure !== undefined
  }

  get failure (): Failure | undefined {
    return this.#failure
  }

  is (step: LoopStep['step']): boolean {
    return this.#step === step
  }

  /** See SuspendableVisit.complete(). */
  markCompleting (): Failure | undefined {
    return this.#visit?.complete()
  }

  /** See SuspendableVisit.outlast(). */
  outlast (): void {
    this.#visit?.outlast()
  }

  open (visit: SuspendableVisit): void {
    this.#visit = visit
    visit.start()
  }

  /** Tracks changes from now on: the state of the request and the reply has just been taken. */
  trackState (): void {
    this.#sync = new RequestSync(this.#reply)
  }

  /** Reads the state of the reply and the changes of the request, for the worker. */
  readState (): StepState {
    const changes = this.#sync?.diff()
    return { reply: readReply(this.#reply), ...(changes && { changes }) }
  }

  /**
   * Applies the state of the request and the reply after dependencies in the worker, unless the reply has
   * been sent. Resolves as RequestSync.applyDiff() does.
   */
  restore ({ reply, changes }: LoopStep | Left): Promise<void> | undefined {
    if (this.#reply.sent || this.#reply.raw.headersSent) return undefined
    if (reply !== undefined) restoreReply(this.#reply, reply)
    return this.#sync?.applyDiff(changes)
  }

  /** The worker has requested a step of the loop. */
  beginStep (step: LoopStep['step']): void {
    this.#step = step
  }

  /**
   * Returns the failure of a worker's message: the very one that the loop has sent, if the worker means that
   * one.
   */
  failureOf (
    { isSameFailure, error }: { isSameFailure?: boolean, error?: StepResult['error'] }
  ): Failure | undefined {
    if (isSameFailure === true) return this.#sentFailure
    return error && { error: deserializeError(error) }
  }

  /** Ends the step with a result: the worker goes on. */
  complete (
    result: { dependencies?: EncodedValues | undefined } & Omit<StepResult, 'type' | 'dependencies'>
  ): void {
    const { dependencies, ...rest } = result
    this.#step = undefined
    const message: StepResult = { type: 'stepResult', ...rest, ...(dependencies && { dependencies }) }
    sendCloneable(() => this.#visit?.resume(message), dependencies, this.#visit?.session?.canSend)
  }

  /** Ends the step with a failure. `state` is the state of the reply and the request. */
  fail (failure: Failure, state: StepState = {}): void {
    this.#sentFailure = failure
    this.complete({ ...state, error: serializeError(failure.error) })
  }

  /** Makes the worker tear down its phases. Resolves with the visit's failure once the visit has ended. */
  async finish (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#visit === undefined) return failure ?? this.#failure
    const ended = new Promise<Failure | undefined>((resolve) => { this.#onEnd = resolve })
    // The worker runs already if a failure has been sent meanwhile.
    if (this.#step === undefined) return await ended
    this.#sentFailure = failure
    this.complete({
      ...this.readState(),
      ...failure === undefined ? { isAnswered: true } : { error: serializeError(failure.error) }
    })
    return await ended
  }

  /** Called when the visit has ended. Returns whether finish() was waiting for the end. */
  end (failure: Failure | undefined): boolean {
    this.#visit = this.#step = undefined
    this.#failure = failure
    this.#onEnd?.(failure)
    return this.#onEnd !== undefined
  }
}
