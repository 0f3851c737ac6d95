import { findFastApi } from '../contestants/fastapi.js'
import { isBrokerThere } from '../contestants/hosts/with-hosts.js'
import { maxThreads } from '../limits.js'
import { rate, ran, warmUpRequests } from './figures.js'

const fastapi = { rival: 'fastapi', connections: 16, rounds: 5, warmUpRequests, figure: rate, isThere: () => findFastApi() !== null, comparesBuilds: false }

/** Requests per second of blocking handlers, and what they cost the loop of a server with worker hosts. */
export const throughput = [
  {
    name: 'noop',
    title: 'a blocking handler that does nothing, against the same with piscina.run in it',
    path: '/noop',
    ours: 'ours',
    rival: 'piscina',
    connections: 16,
    rounds: 9,
    warmUpRequests,
    figure: rate,
    atLeast: 1.3
  },
  {
    name: 'noop-port',
    title: 'the same, against a bare MessagePort in a handler of Fastify\'s',
    path: '/noop',
    ours: 'ours',
    rival: 'pools/message-port',
    connections: 16,
    rounds: 9,
    warmUpRequests,
    figure: rate,
    comparesBuilds: false,
    atLeast: 1
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
    atLeast: 0.95 * maxThreads
  },
  {
    name: 'fastapi',
    title: 'a blocking handler that does nothing, against FastAPI\'s `def`',
    ...fastapi,
    path: '/noop',
    ours: 'ours',
    atLeast: 3.5
  },
  {
    name: 'fastapi-dependencies',
    title: 'a blocking handler with six blocking dependencies, against six `def` ones of FastAPI\'s',
    ...fastapi,
    path: '/worker',
    ours: 'dependencies',
    atLeast: 12
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
