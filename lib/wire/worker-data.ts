import { workerData } from 'node:worker_threads'

export const workerDataKey = 'fastify-blocking'

/**
 * Set if this thread is a worker of this package. `isMainThread` would not tell, since an app or a test
 * runner may run in a worker thread too.
 */
export const currentWorkerData: WorkerData | undefined = readWorkerData(workerData)

export const isWorker = currentWorkerData !== undefined

function readWorkerData (data: unknown): WorkerData | undefined {
  return typeof data === 'object' && data !== null && workerDataKey in data
    ? data[workerDataKey] as WorkerData
    : undefined
}

/** Tells a worker where the app is, and which registration the worker serves. Crosses as `workerData`. */
export interface WorkerData {
  module: string
  /** Folder that resolves a relative path of the module: the working directory at registration. */
  folder: string
  /** With `auto` the exports of the module decide, see worker/boot/build-app.ts. */
  form: 'auto' | 'factory' | 'plugin'
  exportName: string
  options: Record<string, unknown>
  /** Prefix of the context in which the plugin is registered. */
  prefix: string
  /** Ordinal from 0 of the registration among those of the same module and prefix, or of the same name. */
  ordinal: number
  name: string | undefined
  /** Whether the plugin that the module exports is the whole app. */
  root: boolean
  /** Server options that a fresh instance needs in order to route as the main thread's does. */
  server: Record<string, unknown>
  workerHooks: string[]
  /** Levels of the main thread's logger. */
  log: LogLevels
  /** Number of the list of error classes, see error-classes.ts. */
  errorClasses: number
  /** Limit of the heap in MB, see option recycle. */
  heap: number | undefined
  /** See option pool.niceIncrement. */
  niceIncrement: number
  /** The main thread's `process.argv[1]`: that of a thread is a file of Piscina. */
  mainFile: string | undefined
  /** Whether ts-node compiles for the main thread, and option pool does not tell what compiles in workers. */
  usesTsNode: boolean
  /** Whether the main thread carries the context of OpenTelemetry to workers. */
  isTraced: boolean
  /** Set if the loop is on another machine, which decides whether a visit ends without an error. */
  isRemote?: boolean
}

export interface LogLevels {
  level: string
  values: Record<string, number>
  /** Levels that are written at each level of the logger, if these are not all from that level on. */
  enabled?: Record<string, string[]>
  /** Version of pino, if the logger is one of pino. */
  version?: string
  /** Members of pino's API that the logger lacks. */
  lacks?: string[]
}

/** The report of a worker that has built the app. */
export interface BootReport {
  /** Digests of the plans of routes with work for a worker, by key, see digestPlan(). */
  routes: Record<string, string>
  /** Digests of the schemas of these routes, by key; set on a worker host, which may have other files. */
  schemas?: Record<string, string>
  /** Overrides of dependencies of these routes, as texts, see listOverrides(). */
  overrides: string[]
  /** Labels of all that the registration declares by name, such as "offload render", see side.ts. */
  declared: string[]
  surroundings: RouteSurroundings
  /** Whether the server has a logger. */
  hasLogger: boolean
}

/** Names of the app's functions and objects around its blocking routes, see routes/outer-context.ts. */
export interface RouteSurroundings {
  /** By key of a route with a handler in a worker: its hooks, its error handler, its compilers. */
  routes: Record<string, string[]>
  /** By key of such a route: what parses and validates its requests, but for Fastify's own. */
  parsing: Record<string, string[]>
  /** Decorators, schemas and the like. A worker sets these only if it has built a plugin alone. */
  context: string[] | undefined
}
