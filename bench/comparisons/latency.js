import { takePings } from '../pings.js'

export const latency = [
  {
    name: 'ping',
    title: 'a route on the loop while all threads are busy: the slowest of a hundred, against the same beside piscina.run',
    take: takePings,
    path: '/work',
    ours: 'ours',
    rival: 'piscina',
    connections: 16,
    rounds: 9,
    figure: { of: ({ p99 }) => p99, best: Math.min, unit: 'ms', digits: 3 },
    atMost: 1.05
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
    figure: { of: ({ p99 }) => p99, best: Math.min, unit: 'ms', digits: 3 },
    atMost: 1.2
  }
]
