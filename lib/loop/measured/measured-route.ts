import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Side } from '../../dependencies/plan.js'
import { Closing, NoWorker } from '../../errors.js'
import type { EventLog } from '../../event-log.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import type { RouteHandler } from '../../routes/route-handler.js'
import type { RouteMove, VisitTimes } from '../../stats-types.js'
import { planRunOf } from '../plan/plan-run.js'
import type { VisitTiming } from '../visit/route-state.js'
import type { MovableRoute } from './measured-visit.js'
import { maxReturns, type Move, Placement, windowSize } from './placement.js'

/** A route of dispatch "measured": its side, what decides on it, and a log line for each move. */
export class MeasuredRoute implements MovableRoute, VisitTiming {
  readonly mayHandBack: boolean
  readonly #planned: PlannedRoute
  readonly #placement: Placement
  readonly #log: FastifyBaseLogger
  readonly #moves: EventLog<RouteMove>
  /** Whether a request has been handed back since the route has moved: that is logged once. */
  #hasHandedBack = false

  /** `threshold` in ms. */
  constructor (
    planned: PlannedRoute, threshold: number, log: FastifyBaseLogger, moves: EventLog<RouteMove>
  ) {
    this.#planned = planned
    this.#placement = new Placement(threshold)
    this.#log = log
    this.#moves = moves
    // Dependencies in the worker have begun before the handler, and would begin again.
    this.mayHandBack = planned.plans!.worker.nodes.every(({ side }) => side === 'loop')
  }

  /** Where the handler runs by now. */
  get side (): Side {
    return this.#placement.side
  }

  /** Makes one handler of those of both sides. The plan run that a hook has begun is for one side. */
  choose (onLoop: RouteHandler, inWorker: RouteHandler): RouteHandler {
    const placement = this.#placement
    return function handleOnMeasuredSide (request, reply) {
      const side = planRunOf(request)?.handlerSide ?? placement.side
      return (side === 'loop' ? onLoop : inWorker).call(this, request, reply)
    }
  }

  /** Has the synchronous part of a handler on the loop measured. */
  measure (handler: RouteHandler): RouteHandler {
    const measured = this
    return function handleAndMeasure (request: FastifyRequest & { [measuredKey]?: MeasuredRoute }, reply) {
      request[measuredKey] = measured
      const from = performance.now()
      try {
        return handler.call(this, request, reply)
      } finally {
        // The handler has called reply.hijack(), which a worker lacks. Not logged, since it is no move.
        if (reply.sent && !reply.raw.writableEnded) measured.#placement.refuse('')
        measured.#moved(measured.#placement.ranOnLoop(request, from, performance.now()))
      }
    }
  }

  /**
   * Notes a hold of the event loop after the synchronous part of the handler. A hold that has begun before
   * the end of one that has been noted, or measured here, is the same one and does not count.
   */
  noteHold (request: FastifyRequest, from: number, duration: number): void {
    this.#moved(this.#placement.heldLoop(request, from, duration))
  }

  isDue (): boolean {
    return true
  }

  timed (times: VisitTimes): void {
    this.#moved(this.#placement.ranInWorker(times))
  }

  refused (reason: string): void {
    this.#moved(this.#placement.refuse(reason))
  }

  handedBack (reason: Error): void {
    if (reason instanceof NoWorker) return this.refused(reason.message)
    if (this.#hasHandedBack || reason instanceof Closing) return
    this.#hasHandedBack = true
    this.#log.warn(
      `fastify-blocking: ${reason.message}; ${this.#planned.marks.key} is measured, so such requests are ` +
      'answered on the event loop; mark it blocking: true to have them refused'
    )
  }

  readonly labelOf = (index: number): string => this.#planned.plans!.worker.nodes[index]!.label

  #moved (move: Move | undefined): void {
    if (move === undefined) return
    this.#hasHandedBack = false
    this.#planned.plan = this.#planned.plans![move.to]
    const route = this.#planned.marks.key
    const text = describeMove(route, move)
    this.#moves.add({ route, to: move.to, text })
    const line = `fastify-blocking: ${text}`
    if ('reason' in move) this.#log.warn(line)
    else this.#log.info(line)
  }
}

function describeMove (key: string, move: Move): string {
  if ('reason' in move) {
    return `${key} runs on the event loop from now on, for good, since it cannot run in a worker: ` +
      `${move.reason}; mark it blocking: false`
  }
  if (move.to === 'loop') {
    return `${key} took ${format(move.run)} ms in a worker, and the way there ${format(move.way)} ms ` +
      `(medians of ${windowSize} requests), and now runs on the event loop; mark it blocking: false`
  }
  return `${key} held the event loop for ${format(move.longest)} ms (${move.holds} of ${move.of} requests) ` +
    `and now runs in a worker${move.isFinal ? `, for good, after ${maxReturns} returns` : ''}; mark it ` +
    'blocking: true'
}

function format (milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(2) : String(Math.round(milliseconds))
}

// A property: an entry of a WeakMap for each request would cost the garbage collector more.
const measuredKey = Symbol('fastify-blocking.measured')

/** Returns the measured route whose handler has run on the loop for the request. */
export function findMeasuredRoute (
  request: FastifyRequest & { [measuredKey]?: MeasuredRoute }
): MeasuredRoute | undefined {
  return request[measuredKey]
}
