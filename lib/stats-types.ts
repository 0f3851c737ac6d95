/** Result of `fastify.blocking.stats()`. Times are in ms. */
export interface Stats extends Counts {
  /**
   * Numbers of threads. `live` includes `busy`; `retired` threads cannot be terminated safely, and end by
   * themselves.
   */
  threads: { starting: number, live: number, busy: number, retired: number, exiting: number }
  /** Number of requests and calls that wait for a thread. */
  queue: number
  /** Number of threads terminated so far because a request or a call did not end. */
  killed: number
  /** Number of threads replaced so far as the option `recycle` says. */
  recycled: number
  /** Counts by route, "GET /statement", and by offloaded function, "offload render". */
  routes: Record<string, Counts>
}

/** Distribution of wait or run times; all but `count` in ms. */
export interface Times {
  count: number
  min: number
  mean: number
  max: number
  p50: number
  p90: number
  p99: number
}

/** Outcomes of requests and calls so far. */
export interface Counts {
  /** Number answered by a worker, with any status. */
  completed: number
  /** Number refused by the queue, over their time limit, or lost with their thread. */
  failed: number
  /** Times for which they waited for a thread. */
  wait: Times
  /** Times for which they ran in a thread. */
  run: Times
}
