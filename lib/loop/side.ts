import type { FastifyInstance } from 'fastify'
import type { Settings } from '../options/settings.js'
import { BackgroundTasks } from '../request/background.js'
import { learnNodeProperties } from '../request/node-properties.js'
import { watchSerializers } from '../request/reply-serializer.js'
import type { RegistrationSide, SharedParts } from '../side.js'
import { markTransfer } from '../wire/arguments.js'
import { awaitBoot } from './boot-limit.js'
import { Dispatcher } from './dispatcher.js'
import { runLoggerCall } from './functions/run-for-worker.js'
import { createReplacedMethodsFinder } from './visit/log.js'
import type { Workers } from './workers.js'

/** Makes the loop's side of a registration, whose workers boot while the main thread boots. */
export function createLoopSide (
  fastify: FastifyInstance, settings: Settings, workers: Workers, parts: SharedParts
): RegistrationSide {
  const { executor, log } = workers
  const { pluginTimeout } = fastify.initialConfig
  const backgrounds = new BackgroundTasks()
  const dispatcher = new Dispatcher(executor, settings, {
    backgrounds,
    module: workers.module,
    logLevel: log.level,
    bodyLimit: fastify.initialConfig.bodyLimit!,
    log: fastify.log,
    findReplaced: createReplacedMethodsFinder(fastify.log, log.values),
    ...parts
  })
  workers.onCall((incoming) => {
    const { call } = incoming
    if (call.type === 'loopCall') dispatcher.functions.run(incoming, call)
    else runLoggerCall(incoming, call, fastify)
  })
  watchSerializers(fastify)
  const learnt = learnNodeProperties()

  // The executor closes in preClose: Fastify next waits for open connections, and a connection with a running
  // visit would never close.
  let closed: Promise<void> | undefined
  fastify.addHook('preClose', async function refuseVisits () {
    dispatcher.close()
    closed = executor.close()
    // Awaited in preClose already: background work may use plugins whose onClose hooks run before this
    // plugin's own.
    await backgrounds.settle(settings.grace, fastify.log)
  })
  fastify.addHook('onClose', async function awaitClosed () {
    await backgrounds.settle(settings.grace, fastify.log)
    await closed
    await dispatcher.apps.close()
    workers.release()
  })
  return {
    addRoute: (instance, route, planned) => dispatcher.addRoute(instance, route, planned),
    whenBegun: () => executor.whenBegun(),
    async start (plans) {
      await dispatcher.startApps(fastify, plans, settings.remote !== undefined)
      await learnt
      await dispatcher.start(fastify, await awaitBoot(workers.started, executor, pluginTimeout!))
    },
    fail (error) {
      dispatcher.fail(error)
      executor.close() // not awaited, see ThreadSupervisor.start()
    },
    stats: () => dispatcher.observed.stats(),
    isSaturated: () => dispatcher.observed.isSaturated(),
    observed: dispatcher.observed,
    openBackground: (reply) => backgrounds.of(reply),
    functions: dispatcher.functions,
    signal: undefined,
    transfer: markTransfer
  }
}
