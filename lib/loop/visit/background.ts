import type { FastifyReply } from 'fastify'
import { hasFailed, whenDecided, whenResponseOver } from '../../request/background.js'
import { VisitTimeout } from '../../errors.js'
import type { Slot } from '../../executor.js'
import { AbortReason } from '../../wire/shared-cells.js'

/**
 * What a handler in a worker has left to be done when the response is over, in the slot of its visit. Its time limit is
 * that of the route, anew; and no longer than that it waits for a client that reads slowly.
 */
export class VisitBackground {
  #timer: NodeJS.Timeout | undefined
  #hasBegun = false
  readonly #slot: Slot
  readonly #route: string
  /** ms; 0 for no limit. */
  readonly #timeout: number
  readonly #reply: FastifyReply

  constructor (slot: Slot, route: string, timeout: number, reply: FastifyReply) {
    this.#slot = slot
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

  /** It is done, or its thread is gone. */
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
    this.#slot.resume({ isOver: true, isFailed: hasFailed(this.#reply) })
  }

  #limit (then: () => void): void {
    if (this.#timeout > 0) this.#timer = setTimeout(then, this.#timeout)
  }

  #overrun (): void {
    this.#slot.flag(AbortReason.timeout)
    this.#slot.stop()
    this.#log(new VisitTimeout(this.#route, this.#timeout))
  }

  #log (error: Error): void {
    this.#reply.log.error({ err: error }, 'fastify-blocking: background work failed')
  }
}
