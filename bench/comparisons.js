import { findFastApi } from './contestants/fastapi.js'
import { isBrokerThere } from './contestants/hosts/with-hosts.js'
import { maxThreads } from './limits.js'
import { takePings } from './pings.js'
import { takeSlices } from './slices.js'

const rate = { of: ({ rate }) => rate, best: Math.max, unit: 'requests/s', digits: 0 }
const bandwidth = { ...rate, of: ({ rate }) => rate * 50, unit: 'MB/s' }
// Of which it has a processor for less, where there are more threads and processes than processors: that is told beside it.
const busy = { of: ({ busy }) => busy, ran: ({ ran }) => ran, best: Math.min, unit: 'ms of the loop per request', digits: 3 }

// Time on a processor: with broker, hosts and clients on the same machine the loop waits for one more often than for work.
const ran = { of: ({ ran }) => ran, best: Math.min, unit: 'ms of a processor for the loop, per request', digits: 3 }

// A few hundredths are to be told apart, which turns of some seconds cannot: by slices, see slices.js. Two processes of
// one contestant differ by up to 0.03 for as long as they live: many rounds tell more than long ones, and an even number
// has each side start first as often as the other.
const slices = { take: takeSlices, path: '/loop', connections: 16, requests: 6_000, pairs: 10, rounds: 32, figure: rate }

// Asked some hundred times a second, which is too seldom to be compiled within the warm-up.
const answers = { ours: 'ours', rival: 'piscina', connections: 2, rounds: 9, figure: busy, warmUp: { path: '/noop', connections: 16 } }
const upload = { path: '/upload', upload: 'json', connections: 1, rounds: 5, figure: busy }

const body = { path: '/json', ours: 'json/ours', rival: 'json/piscina', warmUp: { path: '/json', upload: '1 kB', connections: 16 } }

const alone = { take: takeSlices, pairs: 10, rounds: 6, figure: { ...rate, unit: 'calls/s' } }
const fastapi = { rival: 'fastapi', connections: 16, rounds: 5, figure: rate, isThere: () => findFastApi() !== null, comparesBuilds: false }

/**
 * What is measured: ours against a rival, and the bound on ours / rival. With another build it is not compared where
 * `comparesBuilds` is false: ours has no build in it, or is the ours of another comparison.
 */
export const comparisons = [
  {
    name: 'noop',
    title: 'a blocking handler that does nothing, against the same with piscina.run in it',
    path: '/noop',
    ours: 'ours',
    rival: 'piscina',
    connections: 16,
    rounds: 9,
    figure: rate,
    atLeast: 1
  },
  {
    name: 'loop',
    title: 'a route that is not blocking, with the plugin against without it',
    ours: 'ours',
    rival: 'plain',
    ...slices,
    atLeast: 0.99
  },
  {
    name: 'loop-control',
    title: 'the same, without the plugin on both sides: how far from 1 is noise',
    ours: 'plain',
    rival: 'plain',
    ...slices,
    comparesBuilds: false
  },
  {
    name: 'advice',
    title: 'a route on the loop, with advice against without',
    ours: 'advice',
    rival: 'ours',
    ...slices,
    atLeast: 0.98,
    comparesBuilds: false
  },
  {
    name: 'advice-noop',
    title: 'a blocking handler that does nothing, with advice against without',
    ours: 'advice',
    rival: 'ours',
    ...slices,
    path: '/noop',
    requests: 2_000,
    atLeast: 0.98,
    comparesBuilds: false
  },
  {
    name: 'metrics',
    title: 'a blocking handler that does nothing, with metrics for Prometheus against without',
    ours: 'metrics',
    rival: 'ours',
    ...slices,
    path: '/noop',
    requests: 2_000,
    atLeast: 0.98,
    comparesBuilds: false
  },
  {
    name: 'metrics-otel',
    title: 'the same, with metrics for OpenTelemetry and its SDK against without',
    ours: 'metrics-otel',
    rival: 'ours',
    ...slices,
    path: '/noop',
    requests: 2_000,
    comparesBuilds: false
  },
  {
    name: 'dashboard',
    title: 'a blocking handler that does nothing, with a dashboard that ten browsers have open against without',
    ours: 'dashboard',
    rival: 'ours',
    ...slices,
    path: '/noop',
    requests: 2_000,
    atLeast: 0.99,
    comparesBuilds: false
  },
  {
    name: 'dependencies-worker',
    title: 'a blocking handler with six blocking dependencies, against the handler alone',
    ours: 'dependencies',
    rival: 'by-hand',
    ...slices,
    path: '/worker',
    requests: 1_000,
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
    name: 'rows',
    title: 'an answer of 1 MB of JSON, against the same objects from piscina.run',
    path: '/rows',
    ...answers,
    atMost: 0.03
  },
  {
    name: 'rows-control',
    title: 'the same bytes from memory, by a route on the loop: the least that is possible',
    path: '/rows',
    ...answers,
    ours: 'bytes',
    comparesBuilds: false
  },
  {
    name: 'stream',
    title: 'a blocking handler that streams 50 MB in chunks of 64 kB, against a route on the loop that pipes them',
    path: '/stream',
    ours: 'ours',
    rival: 'plain',
    connections: 1,
    rounds: 5,
    figure: bandwidth,
    atLeast: 0.5
  },
  {
    name: 'stream-up',
    title: 'a blocking handler that reads a body of 50 MB as it comes, against a route on the loop that does',
    path: '/stream-up',
    upload: 'bytes',
    ours: 'ours',
    rival: 'plain',
    connections: 1,
    rounds: 5,
    figure: bandwidth,
    atLeast: 0.5
  },
  {
    name: 'body',
    title: 'a body of 1 MB of JSON, against the same objects to piscina.run',
    ...answers,
    ...body,
    upload: '1 MB',
    atMost: 0.1
  },
  {
    name: 'upload',
    title: 'a body of 20 MB of JSON, against the same objects to piscina.run',
    ...upload,
    ...body,
    atMost: 0.1
  },
  {
    name: 'upload-loop',
    title: 'a body of 20 MB of JSON for a blocking route with parse: true, against a route on the loop',
    ...upload,
    ours: 'ours',
    rival: 'plain',
    comparesBuilds: false
  },
  {
    name: 'upload-control',
    title: 'the same body read by node:http and dropped, against a route on the loop: the least that is possible',
    ...upload,
    ours: 'dropped',
    rival: 'plain',
    comparesBuilds: false
  },
  {
    name: 'some-rows',
    title: 'an answer of 100 kB of JSON, against the same objects from piscina.run',
    path: '/some-rows',
    ...answers,
    atMost: 0.1
  },
  {
    name: 'some-rows-control',
    title: 'the same bytes from memory, by a route on the loop: the least that is possible',
    path: '/some-rows',
    ...answers,
    ours: 'bytes',
    comparesBuilds: false
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
  },
  {
    name: 'threads',
    title: 'a handler that computes, with as many threads as there are processors against one',
    path: '/work',
    ours: 'ours',
    rival: 'one-thread',
    connections: 16,
    rounds: 5,
    figure: rate,
    atLeast: 0.9 * maxThreads
  },
  {
    name: 'round-trip',
    title: 'an offloaded function that does nothing, against its message to and fro on a bare MessagePort',
    ...alone,
    inProcess: 'round-trip',
    requests: 2_000,
    atLeast: 1 / 1.5 // at most 1.5 times the time
  },
  {
    name: 'admission',
    title: 'a call while 10,000 wait, against one while 10 do',
    ...alone,
    inProcess: 'admission',
    requests: 20_000,
    atLeast: 1 / 1.2
  },
  {
    name: 'fastapi',
    title: 'a blocking handler that does nothing, against FastAPI\'s `def`',
    ...fastapi,
    path: '/noop',
    ours: 'ours',
    atLeast: 2
  },
  {
    name: 'fastapi-dependencies',
    title: 'a blocking handler with six blocking dependencies, against six `def` ones of FastAPI\'s',
    ...fastapi,
    path: '/worker',
    ours: 'dependencies',
    atLeast: 5
  },
  {
    name: 'two-hosts',
    title: 'a handler that waits for 20 ms, on two worker hosts of one thread each against one',
    path: '/wait',
    ours: 'hosts/two',
    rival: 'hosts/one',
    connections: 16,
    rounds: 3,
    figure: rate,
    isThere: isBrokerThere,
    comparesBuilds: false,
    atLeast: 1.9
  },
  {
    name: 'host-loop',
    title: 'the loop of a server whose handlers run on a worker host, against those in a thread',
    path: '/noop',
    ours: 'hosts/one',
    rival: 'hosts/thread',
    connections: 32,
    rounds: 5,
    // A route is known to be brief, and V8 has compiled its way, after some thousand requests.
    warmUp: { path: '/noop', connections: 32 },
    figure: ran,
    isThere: isBrokerThere,
    comparesBuilds: false,
    atMost: 2.5
  }
]
