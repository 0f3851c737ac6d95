import { takeLatencies } from '../latencies.js'
import { takePings } from '../pings.js'
import { warmUpRequests } from './figures.js'

const milliseconds = { best: Math.min, unit: 'ms', digits: 3 }
const p50 = { ...milliseconds, of: ({ p50 }) => p50 }
const p99 = { ...milliseconds, of: ({ p99 }) => p99 }

const one = { take: takeLatencies, path: '/noop', ours: 'ours', rival: 'piscina', rounds: 9, warmUp: { connections: 16, requests: warmUpRequests } }
const backToBack = { ...one, pause: 0, requests: 500, turns: 10 }
const withPauses = { ...one, pause: 5, requests: 100, turns: 10 }

/** How long a client waits: one that is alone, and one beside others that keep all threads busy. */
export const latency = [
  {
    name: 'one-client-p50',
    title: 'one client, back to back, of a blocking handler that does nothing: half of the answers take at most so long, against piscina.run',
    ...backToBack,
    figure: p50,
    atMost: 1
  },
  {
    name: 'one-client-p99',
    title: 'one client, back to back, of a blocking handler that does nothing: 99 of 100 answers take at most so long, against piscina.run',
    ...backToBack,
    figure: p99,
    atMost: 1
  },
  {
    name: 'one-client-pauses-p50',
    title: 'one client, 5 ms between its requests, of a blocking handler that does nothing: half of the answers take at most so long, against piscina.run',
    ...withPauses,
    figure: p50,
    atMost: 1
  },
  {
    name: 'one-client-pauses-p99',
    title: 'one client, 5 ms between its requests, of a blocking handler that does nothing: 99 of 100 answers take at most so long, against piscina.run',
    ...withPauses,
    figure: p99,
    atMost: 1
  },
  {
    name: 'ping',
    title: 'a route on the loop while all threads are busy: the slowest of a hundred, against the same beside piscina.run',
    take: takePings,
    path: '/work',
    ours: 'ours',
    rival: 'piscina',
    connections: 16,
    rounds: 9,
    figure: p99,
    atMost: 0.9
  },
  {
    name: 'measured',
    title: 'the same with dispatch: \'measured\', against the same app marked by hand',
    take: takePings,
    path: '/work',
    ours: 'measured',
    rival: 'ours',
    connections: 16,
    rounds: 9,
    figure: p99,
    atMost: 1.2
  }
]
