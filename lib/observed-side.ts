import type { FastifyRequest } from 'fastify'
import type { EventLog } from './event-log.js'
import type { RunCallback, WorkerEvent, WorkerReading } from './executor.js'
import type { PoolLoad, RouteMove, Stats, TimesObserver, VisitTimes } from './stats-types.js'

/** A registration that has started, as insight reads it, and tells it of holds. */
export interface ObservedSide {
  stats (): Stats
  isSaturated (): boolean
  /** Has each route and function tell an observer of its times. */
  observe (createObserver: (key: string) => TimesObserver): void
  /**
   * Calls back with what a visit has taken, by key of its route, and with how many there have been since the
   * last call. Visits of measured routes are left out, whose side follows from that by itself, and those in
   * which dependencies run.
   */
  onTimed (callback: (route: string, times: VisitTimes, visits: number) => void): void
  readLoad (): PoolLoad
  /**
   * The handler of a request has held the event loop, after its synchronous part or in it. Times are those of
   * performance.now(), in ms.
   */
  noteHold (request: FastifyRequest, from: number, duration: number): void
  readonly moves: EventLog<RouteMove>
  /** See Executor, as for the two below. */
  readonly workerEvents: EventLog<WorkerEvent>
  readWorkers (): WorkerReading[]
  onRun (callback: RunCallback | undefined): void
}
