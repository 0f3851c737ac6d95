/** What `fastify.blocking.stats()` gives; times in ms. */
export interface Stats extends Counts {
  /** `live` includes the busy ones; `retired` ones could not be terminated safely, and leave by themselves. */
  threads: { starting: number, live: number, busy: number, retired: number, exiting: number }
  /** Requests and calls that wait for a thread. */
  queue: number
  /** Threads terminated because a request would not end. */
  killed: number
  /** Threads replaced as the option `recycle` says. */
  recycled: number
  /** By route, "GET /statement", and by function, "offload render". */
  routes: Record<string, Counts>
}

/** Wait or run times in milliseconds. */
export interface Times {
  count: number
  min: number
  mean: number
  max: number
  p50: number
  p90: number
  p99: number
}

/** What has become of requests so far. */
export interface Counts {
  /** Answered by a worker, with whatever status. */
  completed: number
  /** Refused by the queue, over time, or lost with their thread. */
  failed: number
  wait: Times
  run: Times
}
