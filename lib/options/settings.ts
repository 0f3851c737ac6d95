import type { Carriers } from '../context/carriers.js'
import { InvalidOption } from '../errors.js'
import type { Where } from '../executor.js'
import type { ErrorClass } from '../wire/error-classes.js'
import { isWorker } from '../wire/worker-data.js'
import type {
  AppOption, BlockingOptions, BlockingRouteOption, MetricsOptions, OffloadOptions, PoolOptions, QueueOptions,
  RecycleOptions
} from './schemas.cjs'
import { countProcessors } from './processors.js'
import type { Remote } from '../remote.js'
import { check } from './validate.js'

export type Dispatch = 'explicit' | 'signature' | 'all' | 'measured'

/** The options with every default filled in. */
export interface Settings {
  app: AppOption
  name: string | undefined
  remote: Remote | undefined
  /** Undefined: that of the package of the app's module. */
  version: string | undefined
  dispatch: Dispatch
  /** ms for which a request may hold the event loop under dispatch "measured". */
  threshold: number
  pool: Required<Pick<PoolOptions,
  'minThreads' | 'maxThreads' | 'maxRetired' | 'idleTimeout' | 'concurrentTasksPerWorker' | 'niceIncrement'
  >> & PoolOptions
  queue: Required<QueueOptions>
  timeout: number
  grace: number
  recycle: RecycleOptions
  /** Undefined: the limits of loop/boot-limit.ts and ThreadSupervisor. */
  bootTimeout: number | undefined
  /** Undefined: none. `isAsked`: the option says so, and not only the environment. */
  advice: { threshold: number, isAsked: boolean } | undefined
  /** Undefined if metrics go nowhere. */
  metrics: MetricsSettings | undefined
  workerHooks: string[]
  context: Carriers
  errorClasses: ErrorClass[]
}

/** Those that concern threads. */
export type ThreadSettings = Pick<Settings, 'pool' | 'grace' | 'recycle' | 'bootTimeout'>

/** Where metrics go; undefined for nowhere. */
export interface MetricsSettings {
  prometheus: Exclude<MetricsOptions['prometheus'], false>
  openTelemetry: Exclude<MetricsOptions['openTelemetry'], false>
}

/** Only Linux has a priority for each thread: elsewhere it is that of the whole process. */
const hasThreadPriority = process.platform === 'linux'

export const defaultNiceIncrement = hasThreadPriority ? 5 : 0

/** Checks the options and fills in the defaults. Throws FST_BLOCKING_INVALID_OPTION. */
export function readOptions (options: unknown): Settings {
  check('plugin', options, 'option ')
  const {
    app, name, remote, version, pool = {}, queue = {}, timeout = 30_000, grace = 1_000, recycle = {},
    bootTimeout, advice, metrics = {}, workerHooks = [], context = {}
  } = options
  const dispatch = options.dispatch ?? 'explicit'
  // By defaults of their own, since an option may be given as undefined.
  const {
    minThreads = pool.maxThreads === 0 ? 0 : 1, maxRetired = 1, idleTimeout = 60_000,
    concurrentTasksPerWorker = 1, niceIncrement = defaultNiceIncrement
  } = pool
  const maxThreads = pool.maxThreads ?? Math.max(countProcessors(), minThreads)
  if (niceIncrement > 0 && !hasThreadPriority) {
    throw new InvalidOption(
      'option pool.niceIncrement', `${process.platform} has no priority for each thread; leave it out`
    )
  }
  if (minThreads > maxThreads) {
    throw new InvalidOption(
      'option pool.minThreads', `${minThreads} is more than pool.maxThreads, ${maxThreads}`
    )
  }
  if (maxThreads === 0 && remote === undefined) {
    throw new InvalidOption(
      'option pool.maxThreads', '0 leaves everything to worker hosts; give option remote, or at least 1'
    )
  }
  return {
    app,
    name,
    remote,
    version,
    dispatch: typeof dispatch === 'string' ? dispatch : 'measured',
    threshold: (typeof dispatch === 'string' ? undefined : dispatch.measured.threshold) ?? 20,
    pool: {
      ...pool,
      minThreads,
      maxThreads,
      maxRetired,
      idleTimeout,
      concurrentTasksPerWorker,
      niceIncrement
    },
    queue: { max: queue.max ?? 1_000, timeout: queue.timeout ?? 10_000 },
    timeout,
    grace,
    recycle,
    bootTimeout,
    advice: readAdvice(advice),
    metrics: readMetrics(metrics),
    workerHooks,
    context,
    errorClasses: readErrorClasses(options.errorClasses ?? [])
  }
}

function readAdvice (given: BlockingOptions['advice']): Settings['advice'] {
  const { NODE_ENV } = process.env
  if (given === false) return undefined
  if (given === undefined && (NODE_ENV === 'production' || NODE_ENV === 'test')) return undefined
  const { threshold = 20 } = typeof given === 'object' ? given : {}
  return { threshold, isAsked: given !== undefined }
}

function readMetrics ({ prometheus, openTelemetry }: MetricsOptions): MetricsSettings | undefined {
  const metrics = { prometheus: prometheus || undefined, openTelemetry: openTelemetry || undefined }
  return metrics.prometheus ?? metrics.openTelemetry ? metrics : undefined
}

function readErrorClasses (given: NonNullable<BlockingOptions['errorClasses']>): ErrorClass[] {
  const classes = given.map((entry) => typeof entry === 'function' ? { class: entry } : entry)
  const names = new Set<string>()
  for (const { class: { name } } of classes) {
    if (names.has(name)) {
      throw new InvalidOption(
        'option errorClasses',
        `there are two classes of the name ${name}, by which the other side finds them; give them ` +
        'different names'
      )
    }
    names.add(name)
  }
  return classes
}

/**
 * Throws FST_BLOCKING_INVALID_OPTION for a place in which there are no workers. In a worker nothing is
 * checked: on a worker host the options may depend on the machine, and that of the server counts.
 */
export function checkWhere (where: Where, what: string, { pool, remote }: Settings): Where {
  if (isWorker) return where
  if (where === 'remote' && remote === undefined) {
    throw new InvalidOption(what, '"remote" needs hosts; give option remote, or leave it out')
  }
  if (where === 'local' && pool.maxThreads === 0) {
    throw new InvalidOption(what, '"local" needs threads, and pool.maxThreads is 0')
  }
  return where
}

export function readRouteOption (value: unknown, route: string): BlockingRouteOption {
  check('route', value, `route ${route}: blocking `)
  return value
}

export function readOffloadOptions (value: unknown, what: string): OffloadOptions {
  check('offload', value, `${what}: option `)
  return value
}
