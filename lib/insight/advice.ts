import type { Place } from './place.js'

/** Distribution of the times for which code held the event loop, in ms. */
export interface HeldTimes {
  /** Number of requests in which it did. */
  count: number
  p50: number
  p99: number
  max: number
}

/**
 * Result of `fastify.blocking.advice()`: what to change, most of it told by the sentence `text`.
 *
 * - `mark`: a handler on the loop, or the serialization of its answer, holds the loop.
 * - `offload`: a handler on the loop mostly waits, and holds the loop in one place.
 * - `hook`: what runs before the handler holds the loop.
 * - `outside`: code of no request holds the loop.
 */
export interface Advice {
  kind: 'mark' | 'offload' | 'hook' | 'outside'
  /** The route, "GET /report/:year"; undefined for code of no request, or of one whose route is not known. */
  route: string | undefined
  /** Where in the app's code; undefined if only code of Node runs there. */
  place: Place | undefined
  held: HeldTimes
  /** Number of requests of the route while requests were watched. */
  requests: number
  /** One sentence for the log. */
  text: string
}
