import type { FastifyBaseLogger } from 'fastify'
import type { Carriers } from '../../context/carriers.js'
import type { VisitTimes } from '../../stats-types.js'
import type { TaskGroup } from './timed-task.js'

/** Who times the visits of a route. */
export interface VisitTiming {
  /** Whether the next visit is to be timed. Asked once for each. */
  isDue (): boolean
  /** A timed visit has ended in its worker. */
  timed (times: VisitTimes): void
}

/** State that all requests of one route share. */
export interface BlockingRoute extends TaskGroup {
  /** Fastify's own time limit in ms; 0 for no limit. */
  handlerTimeout: number
  /** ms after the time limit for a visit, or a teardown, that has begun to end by then. */
  grace: number
  /** Whether the worker decides if a request has failed, since the plan has something to tear down. */
  hasTeardown: boolean
  /** See MarkedRoute. */
  isDeferred: boolean
  /** Whether long texts may come back as bytes: only if no `onSend` hook would see a Buffer for a string. */
  mayReturnBytes: boolean
  /** Whether hooks or dependencies on the loop may read the request after the handler. */
  isSeen: boolean
  carriers: Carriers
  /**
   * Level of the app's logger. The worker knows this level, so a request's level crosses only if it is
   * another one.
   */
  logLevel: string
  /** See createReplacedMethodsFinder() in log.ts. */
  findReplacedLogMethods: (log: FastifyBaseLogger) => string[] | undefined
  /** Names of properties that could not be cloned once: their values are tested before they are sent. */
  knownUncloneable: Set<string>
  /** Whether the handler of a measured route runs on the loop: only dependencies run in the worker. */
  isHandledOnLoop?: boolean
  /** Undefined: visits are not timed. */
  timing?: VisitTiming
}
