import type { FastifyRequest } from 'fastify'
import type { Plan } from '../dependencies/plan.js'
import { EventLog } from '../event-log.js'
import type { Executor, RunCallback, WorkerEvent, WorkerReading } from '../executor.js'
import type { ObservedSide } from '../observed-side.js'
import type { Admission } from '../queue/admission.js'
import type { PoolLoad, RouteMove, Stats, TimesObserver, VisitTimes } from '../stats-types.js'
import type { LoopFunctions } from './functions/functions.js'
import { findMeasuredRoute } from './measured/measured-route.js'
import { Meter } from './visit/meter.js'
import type { RouteMeters } from './visit/route-meters.js'
import type { BlockingRoute } from './visit/route-state.js'
import { SampledTiming } from './visit/sampled-timing.js'

/** The parts of a dispatcher that are looked at. */
interface ObservedParts {
  executor: Executor
  admission: Admission
  functions: LoopFunctions
  meters: RouteMeters
  routes: ReadonlyMap<string, BlockingRoute>
  /** Returns the plan of a route by its key. */
  planOf (key: string): Plan
}

/** Reads the loop's side, for people. */
export class ObservedLoopSide implements ObservedSide {
  readonly moves = new EventLog<RouteMove>()
  readonly #parts: ObservedParts

  constructor (parts: ObservedParts) {
    this.#parts = parts
  }

  stats (): Stats {
    const {
      killed, retirements, recycled, heapsUsed, boots, failedBoots, bootTime, hosts, ...threads
    } = this.#parts.executor.stats()
    const meters = this.#allMeters.filter(([, meter]) => meter.isUsed)
    return {
      threads,
      killed,
      retirements,
      recycled,
      heapsUsed,
      boots: { completed: boots, failed: failedBoots, time: bootTime },
      queue: this.#parts.admission.length,
      ...(hosts && { hosts }),
      ...Meter.total(meters.map(([, meter]) => meter)),
      routes: Object.fromEntries(meters.map(([key, meter]) => [key, meter.read()]))
    }
  }

  observe (createObserver: (key: string) => TimesObserver): void {
    for (const [key, meter] of this.#allMeters) meter.observer = createObserver(key)
  }

  get #allMeters (): [key: string, meter: Meter][] {
    return [...this.#parts.meters.entries, ...this.#parts.functions.meters]
  }

  isSaturated (): boolean {
    return this.#parts.admission.isSaturated
  }

  onTimed (callback: (route: string, times: VisitTimes, visits: number) => void): void {
    // A HEAD route that Fastify has made has the meter of its GET route.
    const names = new Map(this.#parts.meters.entries.map(([key, meter]) => [meter, key]))
    for (const [key, route] of this.#parts.routes) {
      const { handler, nodes } = this.#parts.planOf(key)
      if (handler === 'loop' || nodes.some(({ side }) => side === 'worker')) continue
      const name = names.get(route.meter)!
      route.timing = new SampledTiming((times, visits) => callback(name, times, visits))
    }
  }

  readLoad (): PoolLoad {
    const { executor, routes, functions } = this.#parts
    const queues = [...[...routes.values()].map(({ queue }) => queue), ...functions.queues]
    return {
      busy: executor.stats().busy,
      capacity: executor.capacity,
      tasks: queues.filter(({ running, length }) => running > 0 || length > 0)
        .map(({ route, running, length }) => ({ key: route, running, waiting: length }))
    }
  }

  noteHold (request: FastifyRequest, from: number, duration: number): void {
    findMeasuredRoute(request)?.noteHold(request, from, duration)
  }

  get workerEvents (): EventLog<WorkerEvent> {
    return this.#parts.executor.events
  }

  readWorkers (): WorkerReading[] {
    return this.#parts.executor.readWorkers()
  }

  onRun (callback: RunCallback | undefined): void {
    this.#parts.executor.onRun(callback)
  }
}
