import { warmUpRequests } from './comparisons/figures.js'
import { findFastApi } from './contestants/fastapi.js'
import { isBrokerThere } from './contestants/hosts/with-hosts.js'
import { takeField } from './field.js'
import { takeLowerBounds } from './lower-bounds.js'
import { takePingTables } from './ping-tables.js'
import { sizes } from './sizes.js'
import { takeWorkers } from './workers.js'

const rate = { title: 'requests per second', of: ({ rate }) => rate }
const busy = { title: 'ms for which the loop is busy, per request', of: ({ busy }) => busy }
const processor = [
  { title: 'µs of a processor per request, the loop', of: ({ ran }) => ran * 1_000 },
  { title: 'µs of a processor per request, the other threads of the server', of: ({ others }) => others * 1_000 }
]

const isFastApiThere = () => findFastApi() !== null

const ours = { label: 'fastify-blocking', serves: 'pools/ours' }
const piscina = { label: 'piscina', serves: 'pools/piscina' }
const loop = { label: 'on the loop', serves: 'pools/plain' }

const json = {
  take: takeField,
  rounds: 3,
  contestants: [
    { label: 'fastify-blocking', serves: 'json/ours' },
    { label: 'piscina', serves: 'json/piscina' },
    { label: 'piscina, bytes by hand', serves: 'json/piscina-bytes' },
    { label: 'on the loop', serves: 'json/plain' }
  ],
  figures: [rate, busy, ...processor]
}

// Requests of a turn, so that it takes some tenths of a second.
const requestsBySize = { '1 kB': 1_500, '100 kB': 120, '1 MB': 16, '10 MB': 2 }

// So many until V8 has compiled what a request goes through, once for all columns of a contestant.
const warmUp = warmUpRequests

const jsonColumns = Object.entries(sizes).map(([label, { count }], index) => ({ label, count, connections: 2, requests: requestsBySize[label], ...(index === 0 && { warmUp }) }))

const jsonIn = Object.keys(sizes).map((label, index) => ({
  label, path: '/json', upload: label, connections: 16, requests: { '1 kB': 3_200, '100 kB': 320, '1 MB': 64, '10 MB': 16 }[label], ...(index === 0 && { warmUp })
}))

const hooked = [
  { label: 'fastify-blocking', serves: 'json/ours-hooked' },
  { label: 'the same, parse: \'deferred\'', serves: 'json/ours-deferred' },
  { label: 'piscina', serves: 'json/piscina-hooked' },
  { label: 'piscina, bytes by hand', serves: 'json/piscina-bytes-hooked' }
]

/** What is measured without a bound: contestants side by side, in tables. */
export const cases = [
  {
    name: 'pools',
    title: 'a handler that does nothing, and one that computes, in what people would use',
    take: takeField,
    rounds: 5,
    contestants: [
      ours,
      piscina,
      { label: 'fastify-piscina', serves: 'pools/fastify-piscina' },
      { label: 'tinypool', serves: 'pools/tinypool' },
      { label: 'workerpool', serves: 'pools/workerpool' },
      { label: 'poolifier', serves: 'pools/poolifier' },
      { label: 'a bare MessagePort', serves: 'pools/message-port' },
      loop,
      { label: 'FastAPI, `def`', serves: 'fastapi', isThere: isFastApiThere, answersDiffer: true }
    ],
    columns: [
      { label: 'no-op', path: '/noop', connections: 16, requests: 1_500, warmUp },
      { label: '1 ms', path: '/work/1', connections: 16, requests: 320 },
      { label: '10 ms', path: '/work/10', connections: 16, requests: 32 },
      { label: '100 ms', path: '/work/100', connections: 8, requests: 8 }
    ],
    figures: [rate, ...processor]
  },
  {
    name: 'json-out',
    title: 'answers of JSON, by size',
    ...json,
    columns: jsonColumns.map(({ count, ...column }) => ({ ...column, path: `/json/${count}` }))
  },
  {
    name: 'json-in',
    title: 'bodies of JSON, by size',
    ...json,
    contestants: json.contestants.toSpliced(3, 0, { label: 'the same, parsed as Fastify does', serves: 'json/piscina-bytes-checked' }),
    columns: jsonIn
  },
  {
    name: 'json-in-hooked',
    title: 'bodies of JSON, by size, with a preHandler hook on the loop, which might read them',
    ...json,
    contestants: hooked,
    columns: jsonIn
  },
  {
    name: 'dependencies',
    title: 'six dependencies, blocking, on the loop, and three of each',
    take: takeField,
    rounds: 3,
    contestants: [
      { label: 'fastify-blocking', serves: 'six/ours' },
      { label: 'the same without dependencies', serves: 'six/by-hand' },
      { label: 'FastAPI', serves: 'fastapi', isThere: isFastApiThere }
    ],
    columns: [
      { label: 'blocking', path: '/worker', connections: 16, requests: 1_500, warmUp },
      { label: 'loop', path: '/loop', connections: 16, requests: 3_000, warmUp },
      { label: 'mixed', path: '/mixed', connections: 16, requests: 1_500, warmUp }
    ],
    figures: [rate, ...processor]
  },
  {
    name: 'pings',
    title: 'a route on the loop that does nothing, while workers are busy',
    take: takePingTables,
    rounds: 3,
    loads: [
      { title: 'while 16 ask for 10 ms of work', path: '/work/10', connections: 16, contestants: [ours, piscina, loop] },
      // But for those that run it is as many as our queue holds, so that nobody is refused.
      { title: 'while 1,000 ask for 1 ms of work, which all but fills our queue', path: '/work/1', connections: 1_000, contestants: [ours, piscina] }
    ]
  },
  {
    name: 'thread-counts',
    title: 'a handler that computes for 10 ms, by the number of threads',
    take: takeField,
    rounds: 3,
    contestants: [ours, piscina].flatMap(({ label, serves }) =>
      [1, 2, 4].map((threads) => ({ label: `${label}, ${threads} thread${threads === 1 ? '' : 's'}`, serves, threads }))),
    columns: [{ label: '10 ms', path: '/work/10', connections: 16, requests: 48 }],
    figures: [rate, ...processor]
  },
  {
    name: 'hosts',
    title: 'worker hosts of one thread each, with broker, hosts and clients on this machine',
    take: takeField,
    rounds: 3,
    contestants: [
      { label: 'one thread', serves: 'hosts/thread' },
      { label: 'one host', serves: 'hosts/one', isThere: isBrokerThere },
      { label: 'two hosts', serves: 'hosts/two', isThere: isBrokerThere }
    ],
    columns: [
      { label: 'no-op, one client', path: '/noop', connections: 1, requests: 500, warmUp: 5_000 },
      { label: 'no-op, 32 clients', path: '/noop', connections: 32, requests: 3_000, warmUp },
      { label: '20 ms of waiting, 32 clients', path: '/wait', connections: 32, requests: 64 }
    ],
    figures: [rate, busy, ...processor]
  },
  {
    name: 'limit',
    title: 'what a visit cannot avoid, by the smallest programs that do only that, and how far ours is from it',
    take: takeLowerBounds,
    rounds: 5,
    rows: [
      { label: 'no-op', path: '/noop', connections: 1, requests: 2_000, warmUp, json: { piece: 'stringify', times: 20_000 } },
      { label: '100 kB out', path: `/json/${sizes['100 kB'].count}`, connections: 1, requests: 300, json: { piece: 'stringify', size: '100 kB', times: 200 } },
      { label: '1 MB out', path: `/json/${sizes['1 MB'].count}`, connections: 1, requests: 60, json: { piece: 'stringify', size: '1 MB', times: 20 } },
      { label: '1 kB in', path: '/json', upload: '1 kB', connections: 1, requests: 2_000, json: { piece: 'parse', size: '1 kB', times: 20_000 } },
      { label: '1 MB in', path: '/json', upload: '1 MB', connections: 1, requests: 60, json: { piece: 'parse', size: '1 MB', times: 20 } }
    ]
  },
  {
    name: 'workers',
    title: 'what a worker takes, for an app of one route and for one of 300 with schemas',
    take: takeWorkers,
    rounds: 3,
    apps: [{ label: 'one route', serves: 'apps/small' }, { label: '300 routes', serves: 'apps/large' }]
  }
]
