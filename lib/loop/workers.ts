import type { FastifyInstance } from 'fastify'
import type { Carriers } from '../context/carriers.js'
import { telemetry } from '../context/opentelemetry.js'
import type { Executor, IncomingCall } from '../executor.js'
import { JoinedExecutor } from '../joined-executor.js'
import type { Settings } from '../options/settings.js'
import { identify, readLogLevels, readServerOptions } from '../registration.js'
import { learnFastifyProperties } from '../request/fastify-properties.js'
import { ThreadPool } from '../threads/thread-pool.js'
import { hasTsNode } from '../typescript-loader.js'
import { registerErrorClasses } from '../wire/error-classes.js'
import type { BootReport, LogLevels, WorkerData } from '../wire/worker-data.js'
import { followLevel, writeLogLine } from './visit/log.js'

/** The workers of a registration, which have begun. */
export interface Workers {
  readonly module: string
  readonly executor: Executor
  /** The executor's start(). */
  readonly started: Promise<BootReport[]>
  /** Levels of the server's logger, as the workers have got them. */
  readonly log: LogLevels
  /** Has calls of the workers run. Until then calls are kept. */
  onCall (run: (call: IncomingCall) => void): void
  /** To be called once the executor is closed. */
  release (): void
}

/**
 * Starts the workers, and announces facts of the server to them. A file of its own, with few imports: the
 * workers begin while the main thread loads the rest of the loop's side.
 */
export function beginWorkers (
  fastify: FastifyInstance, settings: Settings, carriers: Carriers
): Workers {
  learnFastifyProperties()
  const registration = identify(fastify, settings)
  const log = readLogLevels(fastify)
  const errorClasses = registerErrorClasses(settings.errorClasses)
  const executor = createExecutor({
    ...registration,
    errorClasses: errorClasses.list,
    server: readServerOptions(fastify),
    workerHooks: settings.workerHooks,
    log,
    heap: settings.recycle.heap,
    niceIncrement: settings.pool.niceIncrement,
    mainFile: process.argv[1],
    usesTsNode: hasTsNode() && settings.pool.execArgv === undefined,
    isTraced: telemetry in carriers
  }, settings, fastify.log)
  executor.onLog((line) => writeLogLine(line, fastify))
  const early: IncomingCall[] = []
  executor.onCall((call) => early.push(call))
  // Announced on 'listening' too: other onListen hooks may delay the one below while requests already come.
  const announce = (): void => executor.announce({
    type: 'listening', address: fastify.server.address(), addresses: fastify.addresses()
  })
  fastify.server.on('listening', announce)
  // Announced once more, since further addresses may have been bound meanwhile.
  fastify.addHook('onListen', async function announceListening () { announce() })
  const unfollowLevel = followLevel(
    fastify.log, (appLevel) => executor.announce({ type: 'appLevel', appLevel })
  )
  const started = executor.start()
  started.catch(() => {}) // who awaits `started` gets its error
  return {
    module: registration.module,
    executor,
    started,
    log,
    onCall (run) {
      executor.onCall(run)
      for (const call of early.splice(0)) run(call)
    },
    release () {
      errorClasses.close()
      unfollowLevel()
    }
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
