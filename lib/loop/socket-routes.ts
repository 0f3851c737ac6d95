import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { AppScope } from '../dependencies/app-scope.js'
import type { BackgroundTasks } from '../request/background.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import type { RouteHandler } from '../routes/route-handler.js'
import { createSocketHook, type ResolveForSocket } from './plan/socket-run.js'
import { rejectEarly } from './reject-early.js'

interface SocketRoute {
  planned: PlannedRoute
  /** Until start() it throws an error. */
  resolve: ResolveForSocket
}

/** The routes of a registration that take sockets. */
export class SocketRoutes {
  readonly #routes: SocketRoute[] = []

  /** Adds a hook that resolves the dependencies before an upgrade. */
  add (route: RouteOptions, planned: PlannedRoute): void {
    const added: SocketRoute = { planned, resolve: rejectEarly(planned.marks.key) as ResolveForSocket }
    this.#routes.push(added)
    async function resolveForSocket (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      return isUpgrade(request) ? await added.resolve(request, reply) : undefined
    }
    const hooks = [route.preHandler ?? [], resolveForSocket].flat()
    route.preHandler = hooks as NonNullable<RouteOptions['preHandler']>
  }

  /** Called once every route has its plan. */
  start (apps: AppScope, backgrounds: BackgroundTasks): void {
    for (const route of this.#routes) {
      route.resolve = createSocketHook(route.planned, { apps, backgrounds })
    }
  }

  /** Called if the boot has failed: every upgrade gets an error with this cause. */
  fail (error: unknown): void {
    for (const route of this.#routes) {
      route.resolve = rejectEarly(route.planned.marks.key, error) as ResolveForSocket
    }
  }
}

/**
 * Passes upgrades to the wrapped handler. @fastify/websocket, if registered before, has wrapped the handler,
 * and its wrapper accepts or refuses an upgrade.
 */
export function passUpgrades (wrapped: RouteHandler, handle: RouteHandler): RouteHandler {
  return function handleUpgradeOrAsPlanned (request, reply) {
    return isUpgrade(request) ? wrapped.call(this, request, reply) : handle.call(this, request, reply)
  }
}

/** Whether @fastify/websocket has been asked for an upgrade. */
function isUpgrade ({ ws }: FastifyRequest & { ws?: boolean | null }): boolean {
  return ws === true
}
