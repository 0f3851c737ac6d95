import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { type EarlyHook, earlyHooks } from '../../dependencies/plan.js'
import { toHookError } from '../../request-errors.js'
import type { CreatedHandlers } from '../created-handlers.js'
import { failPlan } from './handler.js'
import { planRunOf } from './plan-run.js'

/*
 * Hooks of a route that run its dependencies of hook "onRequest" and "preValidation". The first of these
 * hooks begins the plan run of the request, and the handler goes on with it.
 */

/** See CreatedHandlers. Throws where the handler would refuse the request. */
type Begin = CreatedHandlers['begin']

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void

/** Fastify may make a HEAD route of the options of a GET route, which have hooks of this module. */
const ownHooks = new WeakSet<Hook>()

/**
 * Called from `onRoute`. The hooks are the last ones that the route has by now. `begin` is called at
 * requests.
 */
export function addEarlyHooks (
  route: RouteOptions, names: ReadonlySet<EarlyHook>, begin: Begin
): void {
  for (const name of earlyHooks) {
    const before = ([route[name] ?? []].flat() as Hook[]).filter((hook) => !ownHooks.has(hook))
    if (before.length > 0 || names.has(name)) {
      Reflect.set(route, name, names.has(name) ? [...before, createHook(name, begin)] : before)
    }
  }
}

function createHook (name: EarlyHook, begin: Begin): Hook {
  function resolveDependencies (...[request, reply, done]: Parameters<Hook>): void {
    resolve(name, request, reply, begin).then((goesOn) => {
      if (goesOn) done()
    }, (error: unknown) => done(toHookError(error)))
  }
  ownHooks.add(resolveDependencies)
  return resolveDependencies
}

/** Resolves to false if the request has been answered, or will be. */
async function resolve (
  name: EarlyHook, request: FastifyRequest, reply: FastifyReply, begin: Begin
): Promise<boolean> {
  const planRun = planRunOf(request) ?? begin(request, reply)
  if (planRun === undefined) return true
  try {
    return await planRun.resolveEarly(name)
  } catch (error) {
    const failure = await failPlan(planRun, error, request)
    if (failure === undefined) return false
    throw failure.error
  }
}
