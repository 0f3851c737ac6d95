import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { DifferentApp } from '../errors.js'
import type { Settings } from '../options.js'
import { Admission, Lane } from '../pool/admission.js'
import type { Executor } from '../pool/executor.js'
import type { BlockingRoute } from '../route.js'
import type { Report } from '../wire/messages.js'
import { findBytesRoutes, markOnSend } from './bytes-routes.js'
import { type Counts, Meter } from './meter.js'
import { Visit, type VisitedRoute } from './visit.js'

/** What `fastify.blocking.stats()` gives; times in ms. */
export interface Stats extends Counts {
  threads: { starting: number, live: number, busy: number, exiting: number }
  /** Requests that wait for a thread. */
  queue: number
  /** Threads terminated because a request would not end. */
  killed: number
  routes: Record<string, Counts>
}

/** The loop's side of one registration: its routes, its queue, its workers. */
export class Loop {
  readonly #routes = new Map<string, VisitedRoute>()
  readonly #admission: Admission
  readonly #executor: Executor
  readonly #module: string

  constructor (executor: Executor, { queue }: Settings, module: string) {
    this.#executor = executor
    this.#admission = new Admission(executor, queue)
    this.#module = module
  }

  /** Puts a visit in the place of the route's handler. */
  take (route: RouteOptions, { key, timeout, priority, concurrency }: BlockingRoute): void {
    const admission = this.#admission
    const visited: VisitedRoute = {
      lane: new Lane(key, priority, concurrency),
      meter: new Meter(),
      timeout,
      mark: String(this.#routes.size),
      bytes: false,
      suspects: new Set()
    }
    markOnSend(route, visited.mark)
    this.#routes.set(key, visited)
    route.handler = function visitWorker (request: FastifyRequest, reply: FastifyReply): void {
      new Visit(admission, visited, request, reply).begin()
    }
  }

  /** Once every route is known and the workers have booted. */
  begin (fastify: FastifyInstance, reports: Report[]): void {
    for (const report of reports) this.#compare(report)
    const marks = findBytesRoutes(fastify)
    for (const route of this.#routes.values()) route.bytes = marks.has(route.mark)
  }

  stats (): Stats {
    const { killed, ...threads } = this.#executor.counts()
    return {
      threads,
      killed,
      queue: this.#admission.length,
      ...Meter.total([...this.#routes.values()].map(({ meter }) => meter)),
      routes: Object.fromEntries([...this.#routes].map(([key, { meter }]) => [key, meter.read()]))
    }
  }

  /** Stops admitting: who waits is answered 503. */
  refuse (): void {
    this.#admission.close()
  }

  #compare ({ routes }: Report): void {
    const there = new Set(routes)
    const missing = [...this.#routes.keys()].filter((key) => !there.has(key)).map((key) => `${key} is missing in the worker`)
    const unknown = routes.filter((key) => !this.#routes.has(key)).map((key) => `${key} is only in the worker`)
    const differences = [...missing, ...unknown]
    if (differences.length > 0) throw new DifferentApp(this.#module, differences.join('; '))
  }
}
