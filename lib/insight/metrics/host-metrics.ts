import type { HostCounts } from '../../stats-types.js'
import type { Reading, ReadMetric } from './metric.js'

/**
 * Returns the hosts of a reading by their names; none without option remote. Hosts of one name have one
 * series, or one of them would hide the other.
 */
function hostsByName ({ stats: { hosts = [] } }: Reading): Map<string, HostCounts[]> {
  const byName = new Map<string, HostCounts[]>()
  for (const host of hosts) byName.set(host.name, [...byName.get(host.name) ?? [], host])
  return byName
}

function sum (hosts: HostCounts[], read: (host: HostCounts) => number): number {
  return hosts.reduce((total, host) => total + read(host), 0)
}

/** Read when metrics are collected, so that the series of a host ends with it. */
export const hostMetrics: readonly ReadMetric[] = [
  {
    type: 'gauge',
    name: 'fastify.blocking.hosts',
    unit: '{host}',
    help: 'Worker hosts that serve the registration.',
    labels: ['registration'],
    * read ({ registration, stats: { hosts } }) {
      if (hosts !== undefined) yield [hosts.length, { registration }]
    }
  },
  {
    type: 'gauge',
    name: 'fastify.blocking.host.slots',
    unit: '{slot}',
    help: 'Requests and calls that a worker host may have at once, by state: free or used, by any server.',
    labels: ['registration', 'host', 'state'],
    * read (reading) {
      const { registration } = reading
      for (const [host, counts] of hostsByName(reading)) {
        const free = sum(counts, (one) => one.free)
        yield [free, { registration, host, state: 'free' }]
        yield [sum(counts, ({ slots }) => slots) - free, { registration, host, state: 'used' }]
      }
    }
  },
  {
    type: 'gauge',
    name: 'fastify.blocking.host.round_trip',
    unit: 's',
    help: 'Time that the last message to a worker host and back took.',
    labels: ['registration', 'host'],
    * read (reading) {
      for (const [host, counts] of hostsByName(reading)) {
        const times = counts.flatMap(({ roundTrip }) => roundTrip ?? [])
        if (times.length > 0) yield [Math.max(...times) / 1_000, { registration: reading.registration, host }]
      }
    }
  },
  {
    type: 'gauge',
    name: 'fastify.blocking.host.info',
    unit: '1',
    help: 'The version of the app that a worker host runs; always 1.',
    labels: ['registration', 'host', 'version'],
    * read (reading) {
      for (const [host, counts] of hostsByName(reading)) {
        for (const version of new Set(counts.map((one) => one.version))) {
          yield [1, { registration: reading.registration, host, version }]
        }
      }
    }
  }
]
