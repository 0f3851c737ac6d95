import type { Place } from './place.js'

/** Distribution of the times for which code held the event loop. */
export interface HeldTimes {
  /** Number of requests in which it did; of times, where the request is not known. */
  count: number
  /** In ms, as those below, of the last 1,000 times. */
  p50: number
  p99: number
  max: number
}

/**
 * Code that holds the event loop, and what to do: an entry of `fastify.blocking.advice()`. By `kind`:
 *
 * - `mark`: a handler on the loop, or the serialization of its answer. Mark the route blocking.
 * - `offload`: a handler on the loop that mostly waits, and computes in one place. Offload that function.
 * - `dependency`: a dependency on the loop. Mark it blocking.
 * - `hook`: a hook, or the parsing. Make it a blocking dependency, or offload what it computes.
 * - `outside`: code of no request, or of one whose route is not known.
 */
export interface Advice {
  kind: 'mark' | 'offload' | 'dependency' | 'hook' | 'outside'
  /** The route: "GET /report/:year". Undefined with kind `outside`. */
  route: string | undefined
  /** Where in the app's code; in that of a package if none of the app's runs there. */
  place: Place
  held: HeldTimes
  /** Number of requests of the route while requests were watched. */
  requests: number
  /** One sentence, as it is in the log. */
  text: string
}
