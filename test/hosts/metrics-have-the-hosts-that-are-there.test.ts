import { AggregationTemporality, MeterProvider } from '@opentelemetry/sdk-metrics'
import type { HostCounts } from 'fastify-blocking'
import { Registry } from 'prom-client'
import t from 'tap'
import { find, Reader } from '../support/metric-reader.js'
import { read, valueOf } from '../support/scrape.js'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

const registration = '/'

t.test('metrics of a server with worker hosts', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  const registry = new Registry()
  // One that is told of what is new, since the SDK repeats for another what was observed once.
  const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA })
  const provider = new MeterProvider({ readers: [reader] })
  t.teardown(() => provider.shutdown())
  const app = await startServer(t, { servers: url, options: { metrics: { prometheus: registry, openTelemetry: provider } } })
  const hosts = (): HostCounts[] => app.blocking.stats().hosts!
  const areThere = async (count: number) => await until(`${count} hosts are there, and free`, () =>
    hosts().length === count && hosts().every(({ slots, free, roundTrip }) => free === slots && roundTrip !== undefined))
  const scrape = async () => read(await registry.metrics())

  t.test('say without a host that there is none', async (t) => {
    const { samples } = await scrape()
    t.same(samples['fastify_blocking_hosts'], [{ value: 0, labels: { registration } }])
    for (const name of ['slots', 'round_trip_seconds', 'info']) t.same(samples[`fastify_blocking_host_${name}`] ?? [], [], name)
  })

  t.test('have each host by its name, as stats() has it', async (t) => {
    const one = startHost(t, module, url, ['--name', 'one', '--threads', '2'])
    startHost(t, module, url, ['--name', 'other'])
    await areThere(2)
    const busy = app.inject({ url: '/late?ms=1000' }).then()
    await until('the host knows of what runs', () => hosts().some(({ free, slots }) => free < slots))
    // Nothing lies between the two readings.
    const [stats, scraped, observed] = await Promise.all([hosts(), scrape(), reader.read()])
    t.same(stats.map(({ name }) => name).sort(), ['one', 'other'])
    t.equal(valueOf(scraped, 'fastify_blocking_hosts', { registration }), 2)
    t.equal(find(observed['fastify.blocking.hosts'], { registration }), 2)
    for (const { name: host, slots, free, roundTrip, version } of stats) {
      const labels = { registration, host }
      for (const [state, count] of [['free', free], ['used', slots - free]] as const) {
        t.equal(valueOf(scraped, 'fastify_blocking_host_slots', { ...labels, state }), count, `${host}: ${state}`)
        t.equal(find(observed['fastify.blocking.host.slots'], { ...labels, state }), count)
      }
      t.equal(valueOf(scraped, 'fastify_blocking_host_round_trip_seconds', labels), roundTrip! / 1_000)
      t.equal(find(observed['fastify.blocking.host.round_trip'], labels), roundTrip! / 1_000)
      t.equal(valueOf(scraped, 'fastify_blocking_host_info', { ...labels, version }), 1)
      t.equal(find(observed['fastify.blocking.host.info'], { ...labels, version }), 1)
    }
    t.equal(stats.reduce((sum, { free }) => sum + free, 0), 2)
    t.match(reader.units, { 'fastify.blocking.host.round_trip': 's', 'fastify.blocking.host.slots': '{slot}', 'fastify.blocking.hosts': '{host}' })
    t.equal((await busy).body, 'late')

    t.test('and no longer one that is gone', async (t) => {
      const boots = { registration, outcome: 'completed' }
      t.equal(valueOf(await scrape(), 'fastify_blocking_boots_total', boots), 3)
      one.kill('SIGKILL')
      await areThere(1)
      const [scraped, observed] = await Promise.all([scrape(), reader.read()])
      t.equal(valueOf(scraped, 'fastify_blocking_boots_total', boots), 3, 'what counts the threads of hosts does not fall')
      t.equal(valueOf(scraped, 'fastify_blocking_hosts', { registration }), 1)
      const ofHosts = Object.entries(scraped.samples).filter(([name]) => name.startsWith('fastify_blocking_host_'))
      t.equal(ofHosts.length, 3)
      for (const [name, samples] of ofHosts) t.same([...new Set(samples.map(({ labels }) => labels['host']))], ['other'], name)
      for (const name of ['slots', 'round_trip', 'info']) {
        const points = observed[`fastify.blocking.host.${name}`]!
        t.same([...new Set(points.map(({ attributes }) => attributes['host']))], ['other'], name)
      }
    })

    t.test('and hosts of one name in one series', async (t) => {
      startHost(t, module, url, ['--name', 'other', '--threads', '2'])
      await areThere(2)
      const [stats, scraped] = await Promise.all([hosts(), scrape()])
      t.equal(valueOf(scraped, 'fastify_blocking_host_slots', { host: 'other', state: 'free' }), 3)
      t.equal(valueOf(scraped, 'fastify_blocking_host_info', { host: 'other' }), 1)
      t.equal(valueOf(scraped, 'fastify_blocking_host_round_trip_seconds', { host: 'other' }),
        Math.max(...stats.map(({ roundTrip }) => roundTrip!)) / 1_000)
    })
  })
})
