import { availableParallelism } from 'node:os'
import type { Carriers } from '../context/carriers.js'
import { InvalidOption } from '../errors.js'
import type { ErrorClass } from '../wire/error-classes.js'
import type {
  AppOption, BlockingOptions, BlockingRouteOption, OffloadOptions, PoolOptions, QueueOptions, RecycleOptions
} from './schemas.cjs'
import { check } from './validate.js'

export type Dispatch = 'explicit' | 'signature' | 'all'

/** The options with every default filled in. */
export interface Settings {
  app: AppOption
  name: string | undefined
  dispatch: Dispatch
  pool: Required<Pick<PoolOptions,
  'minThreads' | 'maxThreads' | 'maxRetired' | 'idleTimeout' | 'concurrentTasksPerWorker'
  >> & Partial<PoolOptions>
  queue: QueueOptions
  timeout: number
  grace: number
  recycle: RecycleOptions
  bootTimeout: number
  workerHooks: string[]
  context: Carriers
  errorClasses: ErrorClass[]
}

/**
 * Default of pool.niceIncrement: threads get a lower priority on Linux, so that they wait for the loop and
 * not the loop for them. Linux has a priority for each thread. On macOS it is that of the whole process; on
 * Windows a thread of lower priority may get no processor while others compute.
 */
const niceIncrement = process.platform === 'linux' ? 5 : 0

/**
 * Checks the options and fills in the defaults. `pluginTimeout` is Fastify's, in ms, 0 for none: it limits
 * the same boot, so bootTimeout may not be longer. Throws FST_BLOCKING_INVALID_OPTION.
 */
export function readOptions (options: unknown, pluginTimeout: number = 0): Settings {
  check('plugin', options, 'option ')
  const {
    app, name, dispatch = 'explicit', pool = {}, queue = {}, timeout = 30_000, grace = 1_000, recycle = {},
    workerHooks = [], context = {}
  } = options
  const { bootTimeout = pluginTimeout || 60_000 } = options
  if (pluginTimeout > 0 && bootTimeout > pluginTimeout) {
    throw new InvalidOption(
      'option bootTimeout',
      `${bootTimeout} is more than Fastify's pluginTimeout, ${pluginTimeout}, which would end the boot ` +
      'before; raise that'
    )
  }
  const maxThreads = pool.maxThreads ?? Math.max(availableParallelism(), pool.minThreads ?? 1)
  const minThreads = pool.minThreads ?? Math.max(1, Math.floor(maxThreads / 2))
  if (minThreads > maxThreads) {
    throw new InvalidOption(
      'option pool.minThreads', `${minThreads} is more than pool.maxThreads, ${maxThreads}`
    )
  }
  return {
    app,
    name,
    dispatch,
    pool: {
      maxRetired: 1,
      idleTimeout: 60_000,
      concurrentTasksPerWorker: 1,
      niceIncrement,
      ...pool,
      minThreads,
      maxThreads
    },
    queue: { max: 1_000, timeout: 10_000, ...queue },
    timeout,
    grace,
    recycle,
    bootTimeout,
    workerHooks,
    context,
    errorClasses: readErrorClasses(options.errorClasses ?? [])
  }
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

export function readRouteOption (value: unknown, route: string): BlockingRouteOption {
  check('route', value, `route ${route}: blocking `)
  return value
}

export function readOffloadOptions (value: unknown, what: string): OffloadOptions {
  check('offload', value, `${what}: option `)
  return value
}
