import { metrics } from '@opentelemetry/api'
import { AggregationTemporality, type HistogramMetricData, MeterProvider } from '@opentelemetry/sdk-metrics'
import { Registry } from 'prom-client'
import t from 'tap'
import { find, Reader } from '../support/metric-reader.js'
import { outcomesOf, read, valueOf } from '../support/scrape.js'
import { buildMeasured } from './fixtures/typed.js'

t.test('metrics go to a meter provider, by their names there, and are what Prometheus has', async (t) => {
  const reader = new Reader()
  // One that is told of what is new, since the SDK repeats for another what was observed once.
  const delta = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA })
  const provider = new MeterProvider({ readers: [reader, delta] })
  t.teardown(() => provider.shutdown())
  const registry = new Registry()
  const app = await buildMeasured({ bulkheads: { '/a': {}, '/b': {} } }, { openTelemetry: provider, prometheus: registry })
  t.teardown(() => app.close())
  await app.ready()

  for (let count = 0; count < 12; count++) t.equal((await app.inject('/a/tell')).statusCode, 200)
  t.equal((await app.inject('/a/exit')).statusCode, 500)
  t.equal((await app.inject('/b/tell')).statusCode, 200)
  t.equal(await app.bulkheads['/b']!.functions.double(4), 8)

  const [collected, scraped] = await Promise.all([reader.read(), registry.metrics().then(read)])
  for (const registration of ['/a', '/b']) {
    for (const [route, outcomes] of Object.entries(outcomesOf(scraped, registration))) {
      for (const [outcome, count] of Object.entries(outcomes)) {
        t.equal(find(collected['fastify.blocking.requests'], { registration, route, outcome }), count, `${route} ${outcome}`)
      }
      for (const name of ['wait', 'run']) {
        const value = find(collected[`fastify.blocking.${name}.duration`], { registration, route }) as HistogramMetricData['dataPoints'][number]['value']
        const prometheus = `fastify_blocking_${name}_duration_seconds`
        t.equal(value.count, valueOf(scraped, `${prometheus}_count`, { registration, route }))
        t.equal(value.sum, valueOf(scraped, `${prometheus}_sum`, { registration, route }))
        const bounds = scraped.samples[`${prometheus}_bucket`]!.filter(({ labels }) => labels['registration'] === registration && labels['route'] === route).map(({ labels: { le } }) => Number(le))
        t.same(value.buckets.boundaries, bounds.slice(0, -1))
      }
    }
    for (const state of ['starting', 'idle', 'busy', 'retired', 'exiting']) {
      t.equal(find(collected['fastify.blocking.threads'], { registration, state }), valueOf(scraped, 'fastify_blocking_threads', { registration, state }))
    }
    for (const name of ['queue.length', 'queue.limit', 'threads.limit', 'saturated']) {
      t.equal(find(collected[`fastify.blocking.${name}`], { registration }), valueOf(scraped, `fastify_blocking_${name.replace('.', '_')}`, { registration }), name)
    }
    for (const name of ['kills', 'retirements', 'recycles']) {
      t.equal(find(collected[`fastify.blocking.${name}`], { registration }), valueOf(scraped, `fastify_blocking_${name}_total`, { registration }), name)
    }
  }
  t.equal(find(collected['fastify.blocking.requests'], { registration: '/a', route: 'GET /a/tell', outcome: 'completed' }), 12)
  t.match(reader.units, { 'fastify.blocking.run.duration': 's', 'fastify.blocking.requests': '{request}', 'fastify.blocking.threads': '{thread}', 'fastify.blocking.event_loop.delay': 's' })

  t.ok((await delta.read())['fastify.blocking.threads']!.length > 0)
  await app.close()
  t.same((await delta.read())['fastify.blocking.threads'] ?? [], [], 'a server that is closed is observed no longer')
})

t.test('the registrations of a meter provider have one callback, which is removed with the last of them', async (t) => {
  const callbacks = new Set<unknown>()
  const provider = new MeterProvider()
  t.teardown(() => provider.shutdown())
  const openTelemetry = {
    getMeter (name: string) {
      const meter = provider.getMeter(name)
      const { addBatchObservableCallback, removeBatchObservableCallback } = meter
      meter.addBatchObservableCallback = (callback, instruments) => {
        callbacks.add(callback)
        addBatchObservableCallback.call(meter, callback, instruments)
      }
      meter.removeBatchObservableCallback = (callback, instruments) => {
        callbacks.delete(callback)
        removeBatchObservableCallback.call(meter, callback, instruments)
      }
      return meter
    }
  }
  const apps = [await buildMeasured({}, { openTelemetry }), await buildMeasured({}, { openTelemetry })]
  for (const app of apps) {
    t.teardown(() => app.close())
    await app.ready()
    t.equal(callbacks.size, 1)
  }
  await apps[0]!.close()
  t.equal(callbacks.size, 1)
  await apps[1]!.close()
  t.equal(callbacks.size, 0)
})

t.test('openTelemetry: true takes the provider that is registered when the app is ready; without one nothing is done', async (t) => {
  t.teardown(() => metrics.disable())
  const without = await buildMeasured({}, { openTelemetry: true })
  t.teardown(() => without.close())
  await without.ready()
  t.equal((await without.inject('/tell')).statusCode, 200)

  const app = await buildMeasured({}, { openTelemetry: true })
  t.teardown(() => app.close())
  const reader = new Reader()
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  await app.ready()
  t.equal((await app.inject('/tell')).statusCode, 200)
  t.equal((await without.inject('/tell')).statusCode, 200)
  const { 'fastify.blocking.requests': requests } = await reader.read()
  t.equal(find(requests, { registration: '/', route: 'GET /tell', outcome: 'completed' }), 1)
  t.equal(new Set(requests!.map(({ attributes }) => attributes['registration'])).size, 1)
})
