import { workerData } from 'node:worker_threads'
import type { Assignment } from './messages.js'

export const assignmentKey = 'fastify-blocking'

/** What this thread was started for, if it is a worker of this package. Not `isMainThread`: apps and test runners live in worker threads too. */
export const assignment: Assignment | undefined = readAssignment(workerData)

export const isWorker = assignment !== undefined

function readAssignment (data: unknown): Assignment | undefined {
  return typeof data === 'object' && data !== null && assignmentKey in data ? data[assignmentKey] as Assignment : undefined
}
