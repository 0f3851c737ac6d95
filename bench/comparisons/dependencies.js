import { slices, warmUpRequests } from './figures.js'

export const dependencies = [
  {
    name: 'dependencies-worker',
    title: 'a blocking handler with six blocking dependencies, against the handler alone',
    ours: 'dependencies',
    rival: 'by-hand',
    ...slices,
    path: '/worker',
    requests: 1_000,
    warmUp: { path: '/worker', connections: 16, requests: warmUpRequests },
    atLeast: 1 / 1.3 // at most 1.3 times the time
  },
  {
    name: 'dependencies-loop',
    title: 'four dependencies on the loop, against the same four awaits in the handler',
    ours: 'dependencies',
    rival: 'by-hand',
    ...slices,
    atLeast: 0.9
  },
  {
    name: 'dependencies-mixed',
    title: 'six dependencies, three on each side, in one visit, against six awaits around three piscina.run',
    ours: 'six/ours',
    rival: 'six/piscina',
    ...slices,
    path: '/mixed',
    requests: 1_000,
    warmUp: { path: '/mixed', connections: 16, requests: warmUpRequests },
    rounds: 12,
    atLeast: 2
  }
]
