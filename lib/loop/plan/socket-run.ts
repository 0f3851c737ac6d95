import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../../dependencies/app-scope.js'
import { provide } from '../../dependencies/decorate.js'
import type { Failure, StoppableRequest } from '../../dependencies/failure.js'
import type { Plan } from '../../dependencies/plan.js'
import { RequestScope } from '../../dependencies/request-scope.js'
import { ClientGone } from '../../errors.js'
import { isThenable } from '../../promises.js'
import {
  type BackgroundTasks, decideBackground, failBackground, type OutcomeDecider
} from '../../request/background.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import { type ClosingSocket, followSocket, type SocketFollower } from '../../routes/socket-handler.js'
import { Switched } from '../overridden/switched.js'

/** The code with which a socket is closed whose connection is lost without a close frame. */
const lost = 1006

interface SocketContext {
  apps: AppScope
  backgrounds: BackgroundTasks
}

export type ResolveForSocket = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * Makes a preHandler hook that resolves the dependencies of a request that asks for an upgrade. They come
 * before the upgrade, so that a guard answers with a status.
 */
export function createSocketHook (
  { socketPlan, overridden }: PlannedRoute, context: SocketContext
): ResolveForSocket {
  const create = (plan: Plan): ResolveForSocket => async function resolveDependencies (request, reply) {
    return await new SocketRun(plan, context, request, reply).resolve()
  }
  const resolve = create(socketPlan!)
  if (overridden === undefined) return resolve
  const switched = new Switched(overridden, resolve, (made) => create(made.socketPlan!))
  return (request, reply) => switched.current(request, reply)
}

/**
 * The dependencies of a request that asks for an upgrade. All are on the loop. Generators are torn down when
 * the socket has closed and its handler has returned.
 */
class SocketRun implements SocketFollower, OutcomeDecider, StoppableRequest {
  #hasSocket = false
  #isOver = false
  #failure: Failure | undefined
  #handling: Promise<unknown> | undefined
  #ended: Promise<void> | undefined
  #onEnded: (() => void) | undefined
  readonly #plan: Plan
  readonly #scope: RequestScope
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #backgrounds: BackgroundTasks

  constructor (
    plan: Plan, { apps, backgrounds }: SocketContext, request: FastifyRequest, reply: FastifyReply
  ) {
    this.#plan = plan
    this.#request = request
    this.#reply = reply
    this.#backgrounds = backgrounds
    this.#scope = new RequestScope(plan, 'loop', apps, request, reply, this)
    decideBackground(reply, this)
    followSocket(request, this)
    // The response has the socket also where the raw request has none, as with injectWS().
    reply.raw.socket?.once('close', () => { if (!this.#hasSocket) this.#closed(lost) })
  }

  get stopped (): Failure | undefined {
    return this.#failure
  }

  /** Returns the reply if a dependency has answered: the socket is refused. */
  async resolve (): Promise<FastifyReply | undefined> {
    try {
      if (!(await this.#scope.resolve(0))) return this.#reply
    } catch (error) {
      const failure = await this.#dispose({ error })
      throw failure!.error
    }
    provide(this.#request, this.#scope.provide())
    return undefined
  }

  opened (socket: ClosingSocket): void {
    this.#hasSocket = true
    socket.once('close', (code) => this.#closed(code))
  }

  handled (result: unknown): void {
    if (!isThenable(result)) return
    this.#handling = Promise.resolve(result).catch((error: unknown) => this.failed(error))
  }

  failed (error: unknown): void {
    this.#failure ??= { error }
  }

  #closed (code: number): void {
    // A socket that was refused was answered: nobody has hung up.
    if (code === lost && !this.#reply.raw.writableFinished) {
      this.#failure ??= { error: new ClientGone(this.#plan.route) }
    }
    this.#backgrounds.track(this.#end())
  }

  async #end (): Promise<void> {
    // Other listeners of the socket's "close" may still use the values.
    await this.#handling
    const failure = this.#failure
    const out = await this.#dispose(failure)
    if (out !== undefined && out !== failure) {
      this.#request.log.error(
        { err: out.error }, 'fastify-blocking: a teardown failed after the socket had been closed'
      )
    }
  }

  /** Tears down once. Returns the failure that comes out. */
  async #dispose (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isOver) return failure
    this.#isOver = true
    this.#scope.close(failure)
    const out = await this.#scope.dispose(0, failure)
    if (out !== undefined) failBackground(this.#reply, out)
    this.#onEnded?.()
    return await this.#scope.disposeLate(0, out)
  }

  /** Resolves once it is known whether the request has failed. */
  whenOutcomeKnown (): Promise<void> {
    this.#ended ??= new Promise((resolve) => {
      if (this.#isOver) resolve()
      else this.#onEnded = resolve
    })
    return this.#ended
  }
}
