import type { FastifyInstance } from 'fastify'
import type { Executor } from '../executor.js'
import { JoinedExecutor } from '../joined-executor.js'
import type { Settings } from '../options/settings.js'
import { identify, readLogLevels, readServerOptions } from '../registration.js'
import { BackgroundTasks } from '../request/background.js'
import { learnFastifyProperties } from '../request/fastify-properties.js'
import { learnNodeProperties } from '../request/node-properties.js'
import { watchSerializers } from '../request/reply-serializer.js'
import type { RegistrationSide, SharedParts } from '../side.js'
import { ThreadPool } from '../threads/thread-pool.js'
import { hasTsNode } from '../typescript-loader.js'
import { markTransfer } from '../wire/arguments.js'
import { registerErrorClasses } from '../wire/error-classes.js'
import type { WorkerData } from '../wire/worker-data.js'
import { awaitBoot } from './boot-limit.js'
import { Dispatcher } from './dispatcher.js'
import { runLoggerCall } from './functions/run-for-worker.js'
import { createReplacedMethodsFinder, followLevel, writeLogLine } from './visit/log.js'

/** Makes the loop's side of a registration: starts the threads, and announces facts of the server to them. */
export function createLoopSide (
  fastify: FastifyInstance, settings: Settings, parts: SharedParts
): RegistrationSide {
  learnFastifyProperties()
  const registration = identify(fastify, settings)
  const { workerHooks } = settings
  const { pluginTimeout } = fastify.initialConfig
  const log = readLogLevels(fastify)
  const errorClasses = registerErrorClasses(settings.errorClasses)
  const executor = createExecutor({
    ...registration,
    errorClasses: errorClasses.list,
    server: readServerOptions(fastify),
    workerHooks,
    log,
    heap: settings.recycle.heap,
    niceIncrement: settings.pool.niceIncrement,
    mainFile: process.argv[1],
    usesTsNode: hasTsNode() && settings.pool.execArgv === undefined
  }, settings, fastify.log)
  executor.onLog((line) => writeLogLine(line, fastify))
  const backgrounds = new BackgroundTasks()
  const dispatcher = new Dispatcher(executor, settings, {
    backgrounds,
    module: registration.module,
    logLevel: log.level,
    bodyLimit: fastify.initialConfig.bodyLimit!,
    log: fastify.log,
    findReplaced: createReplacedMethodsFinder(fastify.log, log.values),
    ...parts
  })
  executor.onCall((incoming) => {
    const { call } = incoming
    if (call.type === 'loopCall') dispatcher.functions.run(incoming, call)
    else runLoggerCall(incoming, call, fastify)
  })
  // Announced on 'listening' too: other onListen hooks may delay the one below while requests already come.
  const announce = (): void => executor.announce({
    type: 'listening', address: fastify.server.address(), addresses: fastify.addresses()
  })
  fastify.server.on('listening', announce)
  // Announced once more, since further addresses may have been bound meanwhile.
  fastify.addHook('onListen', async function announceListening () { announce() })
  watchSerializers(fastify)
  const unfollowLevel = followLevel(
    fastify.log, (appLevel) => executor.announce({ type: 'appLevel', appLevel })
  )
  // The workers boot while the main thread boots.
  const started = executor.start()
  started.catch(() => {}) // start() below awaits the promise, and gets its error
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
    errorClasses.close()
    unfollowLevel()
  })
  return {
    addRoute: (instance, route, planned) => dispatcher.addRoute(instance, route, planned),
    whenBegun: () => executor.whenBegun(),
    async start (plans) {
      await dispatcher.startApps(fastify, plans, settings.remote !== undefined)
      await learnt
      await dispatcher.start(fastify, await awaitBoot(started, executor, pluginTimeout!))
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

/** Opens sessions in threads, on hosts, or both. */
function createExecutor (
  workerData: WorkerData, settings: Settings, log: FastifyInstance['log']
): Executor {
  const {
    remote, version, grace, recycle, bootTimeout,
    pool: { maxThreads, concurrentTasksPerWorker, resourceLimits }
  } = settings
  if (remote === undefined) return new ThreadPool(workerData, settings, log)
  const hasThreads = maxThreads > 0
  const hosts = remote.createExecutor({
    workerData,
    version,
    settings: { concurrentTasksPerWorker, resourceLimits, grace, recycle, bootTimeout },
    hasThreads,
    log
  })
  return hasThreads ? new JoinedExecutor(new ThreadPool(workerData, settings, log), hosts) : hosts
}
