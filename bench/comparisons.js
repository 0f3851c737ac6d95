const rate = { of: ({ rate }) => rate, best: Math.max, unit: 'requests/s', digits: 0 }
const busy = { of: ({ busy }) => busy, best: Math.min, unit: 'ms of the loop per request', digits: 3 }

/** What is measured: ours against a rival, and the bound on ours / rival. */
export const comparisons = [
  {
    name: 'noop',
    title: 'a blocking handler that does nothing, against the same with piscina.run in it',
    path: '/noop',
    ours: 'ours',
    rival: 'piscina',
    connections: 16,
    figure: rate,
    atLeast: 0.95
  },
  {
    name: 'loop',
    title: 'a route that is not blocking, with the plugin against without it',
    path: '/loop',
    ours: 'ours',
    rival: 'plain',
    connections: 16,
    figure: rate,
    atLeast: 0.98
  },
  {
    name: 'loop-inject',
    title: 'the same by inject(), both apps in one process and by turns of some milliseconds',
    path: '/loop',
    ours: 'ours',
    rival: 'plain',
    slices: 400,
    figure: rate,
    atLeast: 0.98
  },
  {
    name: 'rows',
    title: 'an answer of 1 MB of JSON, against the same objects from piscina.run',
    path: '/rows',
    ours: 'ours',
    rival: 'piscina',
    connections: 2,
    figure: busy,
    atMost: 0.1
  }
]
