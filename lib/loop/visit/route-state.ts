import type { FastifyBaseLogger } from 'fastify'
import type { Carriers } from '../../context/carriers.js'
import type { RouteQueue } from '../../queue/route-queue.js'
import type { Meter } from './meter.js'

/** What all requests of one route share. */
export interface BlockingRoute {
  queue: RouteQueue
  meter: Meter
  /** ms; 0 for no limit. */
  timeout: number
  /** Fastify's own, likewise. */
  handlerTimeout: number
  /** Whether the thread may be terminated after that. */
  isTerminable: boolean
  /** ms that what has begun to end has left after its time limit. */
  grace: number
  /** Whether it is the worker that decides whether a request has failed, since there is something to be torn down. */
  hasTeardown: boolean
  /** Whether the worker parses the body. */
  parse: boolean
  /** Whether long texts may come as bytes: only where no `onSend` hook would see the difference. */
  mayReturnBytes: boolean
  /** Whether hooks or dependencies on the loop may look at the request after the handler. */
  isSeen: boolean
  carriers: Carriers
  /** Of the app's logger, which the worker knows. */
  logLevel: string
  /** See createFinder in log.ts. */
  findReplacedLogMethods: (log: FastifyBaseLogger) => string[] | undefined
  /** Names of properties that could not be cloned once. */
  knownUncloneable: Set<string>
}
