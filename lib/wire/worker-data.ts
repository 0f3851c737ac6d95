import { type MessagePort, workerData } from 'node:worker_threads'
import type { SerializedError } from './error.js'

export const workerDataKey = 'fastify-blocking'

/** What this thread was started for, if it is a worker of this package. Not `isMainThread`: apps and test runners live in worker threads too. */
export const currentWorkerData: WorkerData | undefined = readWorkerData(workerData)

export const isWorker = currentWorkerData !== undefined

function readWorkerData (data: unknown): WorkerData | undefined {
  return typeof data === 'object' && data !== null && workerDataKey in data ? data[workerDataKey] as WorkerData : undefined
}

/** How a worker finds the app, and its own place in it. Crosses as `workerData`. */
export interface WorkerData {
  module: string
  /** By which a relative path to it goes: the working directory when the plugin was registered. */
  folder: string
  /** `auto`: the module decides, see worker/boot/build-app.ts. */
  form: 'auto' | 'factory' | 'plugin'
  exportName: string
  options: Record<string, unknown>
  /** Prefix of the context in which the plugin is registered. */
  prefix: string
  /** Which of the registrations with this module and prefix, counted from 0; by name, if it has one. */
  ordinal: number
  name: string | undefined
  /** Whether the plugin that the module exports is the whole app. */
  root: boolean
  /** Server options that a fresh instance needs in order to route as the main thread's does. */
  server: Record<string, unknown>
  workerHooks: string[]
  /** Of the main thread's logger. */
  log: LogLevels
  /** Number of the list of error classes, see error-classes.ts. */
  errorClasses: number
  /** MB; see option recycle. */
  heap: number | undefined
  /** Cells for each slot of the thread, see wire/shared-cells.ts. */
  sessionCells: Int32Array
  /** Of the thread as a whole, see wire/thread-messages.ts. */
  threadCells: Int32Array
}

export interface LogLevels {
  level: string
  values: Record<string, number>
  /** Which are written at each level, where that is not all from it on. */
  enabled?: Record<string, string[]>
  /** Of pino, if it is one. */
  version?: string
  /** What of pino's API it lacks. */
  lacks?: string[]
}

/** What a thread is asked as its only task of Piscina's; visits travel on the port, and so does its end. */
export interface Task { port: MessagePort }

/** What a worker knows once it has built the app. */
export interface BootReport {
  /** Of each route with work for a worker, by key, what its dependencies are; see digestPlan. */
  routes: Record<string, string>
  /** Functions that one side calls on the other: "offload render". */
  functions: string[]
  surroundings: RouteSurroundings
  /** Names of the option `errorClasses`. */
  errorClasses: string[]
}

/** What of the app is around its blocking routes, by name; see routes/outer-context.ts. */
export interface RouteSurroundings {
  /** By key of a route with a handler in a worker: its hooks there, its error handler, its compilers. */
  routes: Record<string, string[]>
  /** Decorators, schemas and the like; of a worker only if it has built a plugin alone. */
  context: string[] | undefined
}

/** A task's result, or why there is none; a rejection would lose the error's class and properties. */
export type TaskResult<Result> = { result: Result } | { error: SerializedError }
