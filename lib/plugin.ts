import type { FastifyInstance } from 'fastify'
import { joinRequestContext } from './context/carriers.js'
import { joinTelemetry } from './context/opentelemetry.js'
import { ContextDependencyRegistry } from './dependencies/context-dependencies.js'
import { decorateDependencies } from './dependencies/decorate.js'
import { AdviceOff, LoopOnly, RegisteredTwice, UnknownVersion } from './errors.js'
import type { Blocking } from './fastify-types.js'
import { createOffloaded, createOnLoop, Functions } from './functions/declare.js'
import { Insight } from './insight/insight.js'
import type { BlockingOptions } from './options/schemas.cjs'
import { readOptions, type Settings } from './options/settings.js'
import { decorateBackground } from './request/background.js'
import { warnOfGenerator } from './routes/generator-handler.js'
import { ListedRoutes } from './routes/listed-routes.js'
import { SurroundedRoutes } from './routes/outer-context.js'
import { PlannedRoutes } from './routes/planned-routes.js'
import { countRegistration, joinWatch, noteSeen, refuseUnseenRoutes } from './routes/route-watch.js'
import { createPlanFunctions } from './routes/tell-plans.js'
import type { RegistrationSide, SharedParts } from './side.js'
import { isWorker } from './wire/worker-data.js'

export async function blocking (fastify: FastifyInstance, options: BlockingOptions): Promise<void> {
  if (Object.hasOwn(fastify, 'blocking')) throw new RegisteredTwice(fastify.prefix)
  const settings = readOptions(options)
  const carriers = { ...await joinRequestContext(), ...await joinTelemetry(), ...settings.context }
  const contexts = new ContextDependencyRegistry(fastify)
  const routes = new PlannedRoutes(settings, contexts)
  const listed = new ListedRoutes(settings.dispatch)
  const functions = new Functions()
  joinWatch(fastify, settings.dispatch)
  const surrounded = new SurroundedRoutes(fastify)
  const declared = (): string[] => [
    ...functions.all,
    ...settings.errorClasses.map(({ class: { name } }) => `error class ${name}`),
    ...Object.keys(settings.context).map((name) => `context ${name}`)
  ]
  const insight = isWorker
    ? undefined
    : await Insight.load(fastify, settings, {
      server: fastify.server,
      isOwn: (instance) => instance.blocking === decorator,
      findPlan: (method, url) => listed.findPlan(method, url),
      warn: (what) => fastify.log.warn(typeof what === 'string' ? `fastify-blocking: ${what}` : what)
    })
  const side = await createSide(fastify, settings, { carriers, functions, declared, surrounded })
  const decorator: Blocking = {
    isWorker,
    stats: () => side.stats(),
    isSaturated: () => side.isSaturated(),
    advice () {
      if (insight === undefined) throw new LoopOnly('fastify.blocking.advice()')
      if (insight.advice === undefined) throw new AdviceOff()
      return insight.advice
    },
    ...createPlanFunctions(fastify, listed),
    offload (...declaration: [name: string, ...rest: unknown[]]) {
      return createOffloaded(functions.declareOffload(...declaration), side.functions) as never
    },
    onLoop: (name, run) => createOnLoop(functions.declareOnLoop(name, run), side.functions) as never,
    get signal () { return side.signal },
    transfer: (value, list) => side.transfer(value, list)
  }
  fastify.decorate('blocking', decorator)
  decorateDependencies(fastify, contexts)
  decorateBackground(fastify, (reply) => side.openBackground(reply))

  // By which a route, and what a context has, is known to be below it.
  fastify.addHook('onRegister', function checkContext (context) {
    if (Object.prototype.isPrototypeOf.call(fastify, context)) return
    const missing = 'contexts that have the one around them as their prototype'
    throw new UnknownVersion('fastify', fastify.version, missing)
  })
  fastify.addHook('onRoute', function takeRoute (route) {
    // A registration nearer to the route has taken it over.
    if (this.blocking !== decorator) return
    noteSeen(this, route)
    const planned = routes.add(this, route)
    listed.add(this, route, planned)
    if (!isWorker && planned?.marks.isBlocking !== true) warnOfGenerator(route)
    if (planned === undefined) return
    const { marks: { key, isBlocking, isMeasured, isDeferred }, tag } = planned
    if (isBlocking || isMeasured) surrounded.add(this, route, key, tag, isDeferred)
    side.addRoute(this, route, planned)
  })
  fastify.addHook('onReady', async function beginSide () {
    try {
      contexts.overrides.close()
      functions.close()
      routes.refuseLateMarks()
      if (!isWorker) refuseUnseenRoutes(fastify, (instance) => contexts.hasAny(instance))
      const plans = routes.makePlans()
      listed.ready()
      await side.start(plans)
      if (side.observed !== undefined) insight?.start(fastify.server, side.observed)
    } catch (error) {
      side.fail(error)
      throw error
    }
  })
  countRegistration(fastify)
  await side.whenBegun()
}

/** Neither side loads what the other is made of. */
async function createSide (
  fastify: FastifyInstance, settings: Settings, parts: SharedParts
): Promise<RegistrationSide> {
  if (isWorker) return (await import('./worker/side.js')).createWorkerSide(fastify, settings, parts)
  const { beginWorkers } = await import('./loop/workers.js')
  const workers = beginWorkers(fastify, settings, parts.carriers)
  // Loaded while the workers begin.
  const { createLoopSide } = await import('./loop/side.js')
  return createLoopSide(fastify, settings, workers, parts)
}
