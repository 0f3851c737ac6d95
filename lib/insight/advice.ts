/** Where in the app's code something happens. */
export interface Place {
  /** Name of the function; undefined if neither it nor those around it have one. */
  function: string | undefined
  /** Path from the working directory, if the file is within it; the source where there is a source map. */
  file: string
  /** From 1. */
  line: number
  /** False in the code of a package, where none of the app's own functions is on the stack. */
  isOfApp: boolean
  /** Whether Fastify serialized an answer there, without any of the app's own functions on the stack. */
  isSerialization: boolean
}

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
 * Code that holds the event loop. By `kind`:
 *
 * - `mark`: a handler on the loop, or the serialization of its answer. Mark the route blocking.
 * - `offload`: a handler on the loop that mostly waits, and computes in one place. Offload that function.
 * - `dependency`: a dependency on the loop. Mark it blocking.
 * - `hook`: a hook, or the parsing. Make it a blocking dependency.
 * - `outside`: code of no request, or of one whose route is not known. Offload it.
 */
export interface HeldAdvice {
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
  /** Code that does what the sentence says: "app.get('/report', { blocking: true }, handler)". */
  line: string
}

/**
 * A blocking route that had better stay on the loop. By `kind`:
 *
 * - `unmark`: it runs for less time than its way to a thread and back takes.
 * - `waits`: its thread mostly waits for something asynchronous, such as a library with threads of its own.
 */
export interface VisitAdvice {
  kind: 'unmark' | 'waits'
  /** The route, as stats() names it. */
  route: string
  /** In ms, as those below, the half of all requests at most: how long it has had a thread. */
  ran: number
  /** How long of that the thread's event loop was active. */
  active: number
  /** How long its way to the thread and back has taken. */
  way: number
  /** Number of requests, the last 200 at most. */
  requests: number
  /** One sentence, as it is in the log. */
  text: string
  /** Code that does what the sentence says: "app.get('/report', { blocking: true }, handler)". */
  line: string
}

/**
 * The pool does not fit the requests. By `kind`:
 *
 * - `moreThreads`: requests wait for a thread while processors are idle.
 * - `fewerThreads`: threads that are kept are never busy.
 * - `concurrency`: one route has all threads while other routes wait.
 */
export interface PoolAdvice {
  kind: 'moreThreads' | 'fewerThreads' | 'concurrency'
  /** The route, as stats() names it; undefined with the other kinds. */
  route: string | undefined
  /** One sentence, as it is in the log. */
  text: string
  /** Code that does what the sentence says: "app.get('/report', { blocking: true }, handler)". */
  line: string
}

/** What to change: an entry of `fastify.blocking.advice()`. */
export type Advice = HeldAdvice | VisitAdvice | PoolAdvice
