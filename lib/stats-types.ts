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
  /** Number of threads retired so far, since they could not be terminated safely. */
  retirements: number
  /** Number of threads replaced so far as the option `recycle` says. */
  recycled: number
  /**
   * Bytes of V8's heap in use, of each live thread, as it was some seconds ago; before, while a request keeps
   * the event loop of the thread busy. Buffers are not in it.
   */
  heapsUsed: number[]
  /** Threads that have built the app so far, those that could not, and the ms that the former took in all. */
  boots: { completed: number, failed: number, time: number }
  /** Worker hosts, see option remote; their threads are counted above too. Undefined without that option. */
  hosts?: HostCounts[]
  /**
   * Counts by route, "GET /statement", and by offloaded function, "offload render"; only of those that have
   * been called. A HEAD route that Fastify has made from a GET route counts with it.
   */
  routes: Record<string, Counts>
}

/** Another machine with workers, or a process of one. */
export interface HostCounts {
  name: string
  /** Requests and calls that it may have at once, those of other servers included. */
  slots: number
  free: number
  /** ms for a message to the host and back; undefined before the first. */
  roundTrip: number | undefined
  /** Of the app. */
  version: string
}

/**
 * Distribution of wait or run times; all but `count` in ms. A percentile is undefined where fewer samples
 * were taken than it needs for one to lie above it: 2 for `p50`, 10 for `p90`, 100 for `p99`.
 */
export interface Times {
  count: number
  /** 0 if nothing was recorded, as `mean` and `max`. */
  min: number
  mean: number
  max: number
  p50: number | undefined
  p90: number | undefined
  p99: number | undefined
}

/**
 * Outcomes of requests and calls so far, exactly one of each. A call within a visit is part of it, and not
 * counted.
 */
export interface Counts extends Record<Outcome, number> {
  /** Answered by a worker, with any status, or passed on to the handler on the loop; calls: also thrown. */
  completed: number
  /**
   * Not answered by a worker for any other reason than those below: the thread was lost, something could not
   * cross, a stream broke off by an error, the server closed meanwhile, or other code has answered.
   */
  failed: number
  /**
   * Refused before they ran: the queue was full, they waited for longer than `queue.timeout`, no worker could
   * build the app, or the server closed.
   */
  refused: number
  /** Over `timeout` or Fastify's `handlerTimeout`, whether they ran or waited. */
  timedOut: number
  /** The client had hung up before it had the answer; calls: the caller has aborted them by its signal. */
  clientGone: number
  /** Times for which they waited for a thread. */
  wait: Times
  /** Times for which they ran in a thread. */
  run: Times
}

/** How a request or a call has ended, see Counts. */
export type Outcome = 'completed' | 'failed' | 'refused' | 'timedOut' | 'clientGone'

/** Is told each time of a route or a function as it is recorded, in ms. */
export interface TimesObserver {
  waited (milliseconds: number): void
  ran (milliseconds: number): void
}

/** What one visit has taken, in ms. */
export interface VisitTimes {
  /** In its worker, from its start to its end. */
  ran: number
  /**
   * How long of that the event loop of the worker was active, which the handler would have held the main one.
   * Where a worker may have several visits at once, that is the time of all of them.
   */
  active: number
  /**
   * What the way to the worker and back has taken, the waits of both event loops included. Undefined if the
   * visit was prefetched: when it started is not known exactly then.
   */
  way: number | undefined
}

/** Which threads are busy now, and for whom. */
export interface PoolLoad {
  busy: number
  /** Number of requests and calls that may run at once. */
  capacity: number
  /** Routes and functions that run or wait. */
  tasks: { key: string, running: number, waiting: number }[]
}

/** A measured route runs on the other side from now on; `text` says why. */
export interface RouteMove {
  route: string
  to: 'loop' | 'worker'
  text: string
}
