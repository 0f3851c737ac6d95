import type { Outcome } from '../../stats-types.js'
import type { DelayReading } from '../loop-delay.js'
import { hostMetrics } from './host-metrics.js'
import { type ReadMetric, type Sample, single, type TimesMetric } from './metric.js'

/*
 * Every metric, once: names and units are those of OpenTelemetry; those of Prometheus follow from them, see
 * prometheusName(). Those of worker hosts are in host-metrics.ts. docs/insight.md has the same table.
 */

/** Values of the label `outcome`. */
const outcomes: Readonly<Record<Outcome, string>> = {
  completed: 'completed',
  failed: 'failed',
  refused: 'refused',
  timedOut: 'timed_out',
  clientGone: 'client_gone'
}

export const readMetrics: readonly ReadMetric[] = [
  {
    type: 'gauge',
    name: 'fastify.blocking.threads',
    unit: '{thread}',
    help: 'Worker threads by state: starting, idle, busy, retired or exiting.',
    labels: ['registration', 'state'],
    * read ({ registration, stats: { threads: { live, busy, ...others } } }) {
      for (const [state, count] of Object.entries({ idle: live - busy, busy, ...others })) {
        yield [count, { registration, state }]
      }
    }
  },
  single(
    'gauge', 'fastify.blocking.threads.limit', '{thread}',
    'Worker threads that may exist at once: option pool.maxThreads.', ({ limits }) => limits.threads
  ),
  single(
    'gauge', 'fastify.blocking.queue.length', '{request}',
    'Requests and calls that wait for a thread.', ({ stats }) => stats.queue
  ),
  single(
    'gauge', 'fastify.blocking.queue.limit', '{request}',
    'Requests and calls that may wait for a thread: option queue.max.', ({ limits }) => limits.queue
  ),
  single(
    'gauge', 'fastify.blocking.saturated', '1',
    'Whether fastify.blocking.isSaturated(): 1 or 0.', ({ isSaturated }) => Number(isSaturated)
  ),
  {
    type: 'counter',
    name: 'fastify.blocking.requests',
    unit: '{request}',
    help: 'Requests of blocking routes and offloaded calls by outcome: completed, failed, refused, ' +
      'timed_out or client_gone.',
    labels: ['registration', 'route', 'outcome'],
    * read ({ registration, stats: { routes } }) {
      for (const [route, counts] of Object.entries(routes)) {
        for (const [name, outcome] of Object.entries(outcomes)) {
          yield [counts[name as Outcome], { registration, route, outcome }]
        }
      }
    }
  },
  {
    type: 'gauge',
    name: 'fastify.blocking.heap.used',
    unit: 'By',
    help: 'Heap in use of each live worker thread, some seconds ago; Buffers are not in it.',
    labels: ['registration', 'worker'],
    * read ({ registration, stats: { heapsUsed } }) {
      for (const [index, bytes] of heapsUsed.entries()) yield [bytes, { registration, worker: String(index) }]
    }
  },
  single(
    'counter', 'fastify.blocking.kills', '{thread}',
    'Worker threads terminated because a request or a call did not end.', ({ stats }) => stats.killed
  ),
  single(
    'counter', 'fastify.blocking.retirements', '{thread}',
    'Worker threads retired, since they could not be terminated safely.', ({ stats }) => stats.retirements
  ),
  single(
    'counter', 'fastify.blocking.recycles', '{thread}',
    'Worker threads replaced as option recycle says.', ({ stats }) => stats.recycled
  ),
  {
    type: 'counter',
    name: 'fastify.blocking.boots',
    unit: '{thread}',
    help: 'Worker threads that have built the app (completed), and that could not (failed).',
    labels: ['registration', 'outcome'],
    * read ({ registration, stats: { boots: { completed, failed } } }) {
      yield [completed, { registration, outcome: 'completed' }]
      yield [failed, { registration, outcome: 'failed' }]
    }
  },
  single(
    'counter', 'fastify.blocking.boot.time', 's',
    'Time that completed boots of worker threads took, in all.', ({ stats }) => stats.boots.time / 1_000
  ),
  ...hostMetrics
]

export const waitMetric: TimesMetric = {
  type: 'histogram',
  name: 'fastify.blocking.wait.duration',
  unit: 's',
  help: 'Time for which requests and calls waited for a thread.'
}

export const runMetric: TimesMetric = {
  type: 'histogram',
  name: 'fastify.blocking.run.duration',
  unit: 's',
  help: 'Time for which requests and calls ran in a thread.'
}

export const timesLabels = ['registration', 'route'] as const

/** Upper bounds of the buckets of the histograms, in seconds. */
export const buckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
]

/** The event loop is that of the process, so it has no label `registration`. */
export const loopDelayMetric = {
  type: 'gauge',
  name: 'fastify.blocking.event_loop.delay',
  unit: 's',
  help: 'Delay of the event loop of the main thread since the last collection, by quantile; 1 is the ' +
    'longest.',
  labels: ['quantile']
} as const

export function toLoopDelaySamples (reading: DelayReading | undefined): Sample[] {
  if (reading === undefined) return []
  const { p50, p99, max } = reading
  return [
    [p50 / 1_000, { quantile: '0.5' }],
    [p99 / 1_000, { quantile: '0.99' }],
    [max / 1_000, { quantile: '1' }]
  ]
}
