import type { FastifyReply } from 'fastify'
import { VisitTimeout } from '../../errors.js'
import type { Session } from '../../executor.js'
import { hasFailed, whenDecided, whenResponseOver } from '../../request/background.js'
import { AbortReason } from '../../wire/abort-reason.js'

/**
 * Background work of a handler in a worker: it starts when the response is over, in the session of the visit.
 * The route's time limit starts anew for the work. The same limit bounds the wait for a client that reads
 * slowly.
 */
export class VisitBackground {
  #timer: NodeJS.Timeout | undefined
  #hasBegun = false
  readonly #session: Session
  readonly #route: string
  /** Time limit in ms; 0 for no limit. */
  readonly #timeout: number
  readonly #reply: FastifyReply

  constructor (session: Session, route: string, timeout: number, reply: FastifyReply) {
    this.#session = session
    this.#route = route
    this.#timeout = timeout
    this.#reply = reply
    this.#limit(() => this.#start())
    whenResponseOver(reply).then(() => {
      const decided = whenDecided(reply)
      if (decided === undefined) this.#start()
      else decided.then(() => this.#start())
    })
  }

  /** Called when the work is done, or with an error when its thread is gone. */
  end (error?: Error): void {
    clearTimeout(this.#timer)
    this.#hasBegun = true
    if (error !== undefined) this.#log(error)
  }

  #start (): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    clearTimeout(this.#timer)
    this.#limit(() => this.#overrun())
    this.#session.send({ type: 'responseOver', isFailed: hasFailed(this.#reply) })
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
