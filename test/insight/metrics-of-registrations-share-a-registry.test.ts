import { Gauge, type OpenMetricsContentType, register, Registry } from 'prom-client'
import t from 'tap'
import { outcomesOf, read, scrape } from '../support/scrape.js'
import { expose } from './fixtures/measured.js'
import { buildMeasured } from './fixtures/typed.js'

const ours = (registry: Registry): string[] => registry.getMetricsAsArray().map(({ name }) => name).filter((name) => name.startsWith('fastify_blocking'))

function registrationsOf (text: string): string[] {
  const all = Object.values(read(text).samples).flat().flatMap(({ labels }) => labels['registration'] ?? [])
  return [...new Set(all)].sort()
}

t.test('two registrations of one server, and two servers, share a registry, each by its label, beside fastify-metrics', async (t) => {
  register.clear()
  const one = await buildMeasured({ hasFastifyMetrics: true, bulkheads: { '/a': {}, '/b': { name: 'bulkhead' } } }, { prometheus: true })
  one.get('/loop', async () => 'loop')
  const origin = await one.listen({ port: 0, host: '127.0.0.1' })
  const other = await buildMeasured({ bulkheads: { '': {}, '/b': { name: 'bulkhead' }, '/a': {} } }, { prometheus: register })
  t.teardown(async () => { await Promise.all([one.close(), other.close()]) })
  await other.ready()

  for (const path of ['/a/tell', '/a/tell', '/b/tell', '/loop']) t.equal((await fetch(origin + path)).status, 200)
  for (const path of ['/tell', '/b/fail', '/a/tell', '/a/tell', '/a/tell']) await other.inject(path)
  t.equal(await other.bulkheads['/a']!.functions.double(4), 8)

  const scraped = await scrape(`${origin}/metrics`)
  t.equal(scraped.types['http_request_summary_seconds'], 'SUMMARY', 'that is of fastify-metrics')
  t.equal(scraped.types['fastify_blocking_requests_total'], 'COUNTER')
  t.equal(scraped.types['fastify_blocking_wait_duration_seconds'], 'HISTOGRAM')
  for (const [registration, outcomes] of Object.entries({
    '/a': { 'GET /a/tell': { completed: 2 } },
    bulkhead: { 'GET /b/tell': { completed: 1 } },
    '/': { 'GET /tell': { completed: 1 } },
    'bulkhead #2': { 'GET /b/fail': { completed: 1 } },
    '/a #2': { 'GET /a/tell': { completed: 3 }, 'offload double': { completed: 1 } }
  })) {
    const found = outcomesOf(scraped, registration)
    t.match(found, outcomes, registration)
    t.same(Object.keys(found), Object.keys(outcomes), registration)
  }
  t.equal(scraped.samples['fastify_blocking_queue_length']!.length, 5)

  await other.close()
  t.same(registrationsOf(await register.metrics()), ['/a', 'bulkhead'], 'a server that closes takes what it has registered along')
  t.equal((await fetch(`${origin}/metrics`)).status, 200)
  await one.close()
  t.same(ours(register), [])
  t.ok(register.getMetricsAsArray().length > 0, 'and nothing else')
})

t.test('a registry that the app clears has the metrics again of the next registration', async (t) => {
  const registry = new Registry()
  const app = await buildMeasured({}, { prometheus: registry })
  t.teardown(() => app.close())
  await app.ready()
  const names = ours(registry)
  const again = await buildMeasured({ plugin: { name: 'again' } }, { prometheus: registry })
  t.teardown(() => again.close())
  registry.clear()
  await again.ready()
  t.same(ours(registry), names)
  t.same(registrationsOf(await registry.metrics()), ['/', 'again'])
  await app.close()
  await again.close()
  t.same(ours(registry), [])
})

t.test('a registry that is read as OpenMetrics has them by the names of that, for one server after the other', async (t) => {
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (let round = 0; round < 2; round++) {
    const app = await buildMeasured({}, { prometheus: registry })
    t.teardown(() => app.close())
    t.equal((await app.inject('/tell')).statusCode, 200)
    for (let times = 0; times < 2; times++) {
      const text = await registry.metrics()
      t.match(text, /^# TYPE fastify_blocking_requests counter$/m)
      t.match(text, /^fastify_blocking_requests_total\{registration="\/",route="GET \/tell",outcome="completed"\} 1$/m)
      t.match(text, /# EOF\n$/)
    }
    await app.close()
    t.equal(registry.getMetricsAsArray().length, 0)
  }
})

t.test('where another metric has a name already, the boot fails, and leaves nothing behind', async (t) => {
  const registry = new Registry()
  const kills = new Gauge({ name: 'fastify_blocking_kills_total', help: 'of the app', registers: [registry] })
  const app = await buildMeasured({}, { prometheus: registry })
  await t.rejects(async () => { await app.ready() }, { message: /name fastify_blocking_kills_total has already been registered/ })
  t.equal(registry.getSingleMetric('fastify_blocking_kills_total'), kills)
  t.equal(registry.getMetricsAsArray().length, 1)
  await app.close()
  t.equal(registry.getMetricsAsArray().length, 1)
})

t.test('in a worker, which builds the same app, the option is ignored', async (t) => {
  const registry = new Registry()
  const app = await buildMeasured({}, { prometheus: registry })
  t.teardown(() => app.close())
  expose(app, registry)
  const response = await app.inject('/in-worker')
  t.same(response.json(), { isSaturated: false, metrics: 0 })
  t.ok(ours(registry).length > 0)
})

t.test('labels are keys of routes and names of functions, whatever the URL of a request is', async (t) => {
  const registry = new Registry()
  const app = await buildMeasured({}, { prometheus: registry })
  t.teardown(() => app.close())
  await app.ready()
  for (let number = 0; number < 50; number++) t.equal((await app.inject(`/item/${number}?q=${number}`)).json<{ number: string }>().number, String(number))
  await app.inject('/missing')
  const { samples } = read(await registry.metrics())
  const labels = Object.values(samples).flat().flatMap(({ labels }) => labels['route'] ?? [])
  t.same([...new Set(labels)], ['GET /item/:number'])
})
