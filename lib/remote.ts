import type { FastifyBaseLogger } from 'fastify'
import type { Executor } from './executor.js'
import type { WorkerData } from './wire/worker-data.js'

/** Settings of a registration that its threads have on every machine. */
export interface HostedSettings {
  concurrentTasksPerWorker: number
  /** Limits of one thread, those of worker_threads. */
  resourceLimits: Record<string, number> | undefined
  /** ms */
  grace: number
  recycle: { requests?: number, heap?: number, age?: number }
  /** ms */
  bootTimeout: number | undefined
}

/** A registration, as worker hosts are to serve it. */
export interface RemoteRegistration {
  workerData: WorkerData
  /** Of the app; undefined: that of the package of the app's module. */
  version: string | undefined
  settings: HostedSettings
  /** Whether threads of this machine serve it too. */
  hasThreads: boolean
  log: FastifyBaseLogger
}

/** The value of option remote: worker hosts on other machines. */
export interface Remote {
  createExecutor (registration: RemoteRegistration): Executor
}
