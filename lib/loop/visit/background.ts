import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import { ClientGone, VisitTimeout } from '../../errors.js'
import type { Session } from '../../executor.js'
import { failureOf, hasFailed, whenDecided, whenResponseOver } from '../../request/background.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type { BackgroundDone, LoopStep } from '../../wire/messages.js'

/** The members of LateTeardown that background work uses, see plan/late-teardown.ts. */
export interface LatePhases {
  stays (visit: VisitBackground): void
  disposePhase (phase: number, failure: Failure | undefined): Promise<Failure | undefined>
  /** Returns undefined if nothing ends before the phases of the worker. */
  disposePhaseOfHandler (failure: Failure | undefined): Promise<Failure | undefined> | undefined
}

/**
 * What a visit does when the response is over: background work, and the teardown of dependencies that end
 * then. The route's time limit starts anew for it. The same limit bounds the wait for a client that reads
 * slowly.
 */
export class VisitBackground {
  #timer: NodeJS.Timeout | undefined
  #hasBegun = false
  #hasEnded = false
  /** The failure that dependencies get: the one that the worker was sent. */
  #failure: Failure | undefined
  #onEnd: ((failure: Failure | undefined) => void) | undefined
  readonly #session: Session
  readonly #route: string
  /** Time limit in ms; 0 for no limit. */
  readonly #timeout: number
  readonly #reply: FastifyReply
  readonly #phases: LatePhases | undefined

  /** `phases` is undefined if the whole plan of the route runs in the worker. */
  constructor (
    session: Session, route: string, timeout: number, reply: FastifyReply, phases: LatePhases | undefined
  ) {
    this.#session = session
    this.#route = route
    this.#timeout = timeout
    this.#reply = reply
    this.#phases = phases
    phases?.stays(this)
    this.#limit(() => this.#start({ error: new VisitTimeout(route, timeout) }))
    whenResponseOver(reply).then((isSent) => {
      const start = (): void => this.#start(isSent ? undefined : { error: new ClientGone(route) })
      const decided = whenDecided(reply)
      if (decided === undefined) start()
      else decided.then(start)
    })
  }

  /** The session while it is open. */
  get session (): Session | undefined {
    return this.#hasEnded ? undefined : this.#session
  }

  /** Resolves once the visit has ended, with the failure that the remaining dependencies on the loop get. */
  get whenEnded (): Promise<Failure | undefined> {
    return new Promise((resolve) => {
      if (this.#hasEnded) resolve(this.#failure)
      else this.#onEnd = resolve
    })
  }

  /** Called when the work is done. */
  done ({ error }: BackgroundDone): void {
    this.#end(error === undefined ? this.#failure : { error: deserializeError(error) })
  }

  /** Called when the thread is gone. */
  lost (error: Error): void {
    this.#log(error)
    this.#end({ error })
  }

  #end (failure: Failure | undefined): void {
    clearTimeout(this.#timer)
    this.#hasBegun = this.#hasEnded = true
    this.#failure = failure
    this.#onEnd?.(failure)
  }

  /** Tears down a phase on the loop for the worker. */
  async dispose ({ phase, isSameFailure, error }: LoopStep): Promise<void> {
    const failure = isSameFailure === true ? this.#failure : error && { error: deserializeError(error) }
    const out = await this.#phases!.disposePhase(phase, failure)
    if (this.#hasEnded) return
    this.#session.send({
      type: 'stepResult', ...(out !== undefined && out !== failure && { error: serializeError(out.error) })
    })
  }

  /** `late`: why the response was not sent whole. */
  #start (late: Failure | undefined): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    clearTimeout(this.#timer)
    this.#limit(() => this.#overrun())
    this.#failure = failureOf(this.#reply) ?? late
    const disposal = this.#phases?.disposePhaseOfHandler(this.#failure)
    if (disposal === undefined) return this.#tell()
    disposal.then((failure) => {
      this.#failure = failure
      if (!this.#hasEnded) this.#tell()
    })
  }

  #tell (): void {
    this.#session.send({
      type: 'responseOver',
      isFailed: hasFailed(this.#reply),
      ...(this.#failure && { error: serializeError(this.#failure.error) })
    })
  }

  #limit (then: () => void): void {
    if (this.#timeout > 0) this.#timer = setTimeout(then, this.#timeout)
  }

  #overrun (): void {
    this.#session.terminate(AbortReason.timeout)
    this.#log(new VisitTimeout(this.#route, this.#timeout))
  }

  #log (error: Error): void {
    this.#reply.log.error({ err: error }, 'fastify-blocking: background work failed')
  }
}
