import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import type { RouteHandler } from '../../routes/route-handler.js'
import type { PlanRun, Visit } from '../visit/visit.js'

/**
 * Makes the handler of a measured route without dependencies that runs in a worker. The app's own handler is
 * called if nothing of the request can begin there.
 */
export function createMovedHandler (
  handler: RouteHandler, open: (request: FastifyRequest, reply: FastifyReply, planRun: PlanRun) => Visit
): RouteHandler {
  return async function visitWorkerOrHandle (request, reply) {
    const isHandedBack = await new Promise<boolean>((resolve) => {
      open(request, reply, new MovedRun(resolve)).start()
    })
    if (!isHandedBack) return reply
    const result = handler.call(this, request, reply)
    // `undefined` means that reply.send() was or will be called.
    return result === undefined || result === reply ? reply : await result
  }
}

/** Stands for the plan run of a route without dependencies. */
class MovedRun implements PlanRun {
  readonly isEmpty = true
  readonly values = undefined
  readonly late = undefined
  readonly #end: (isHandedBack: boolean) => void

  constructor (end: (isHandedBack: boolean) => void) {
    this.#end = end
  }

  openVisit (): boolean {
    return false
  }

  left (): undefined {
    this.#end(true)
  }

  settle (failure: Failure | undefined): Promise<Failure | undefined> {
    this.#end(false)
    return Promise.resolve(failure)
  }

  /* Both come only for plans with dependencies on the loop. */
  stepRequested (): void {}
  throwFromHandler (): void {}

  interrupt (): void {}
}
