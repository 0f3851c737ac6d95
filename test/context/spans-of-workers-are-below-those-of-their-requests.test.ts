import t from 'tap'
import { until } from '../support/until.js'
import { build, describe, exporter } from './fixtures/otel.js'
import { build as buildWithoutProvider } from './fixtures/tenants.js'

interface Described {
  name: string
  traceId: string
  spanId: string
  parent?: string
}

t.test('with OpenTelemetry', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  /** Asks for what tells its trace, and gives all spans that there are, once the request's has ended. */
  async function trace (path: string): Promise<{ told: { isMainThread: boolean, traceId: string }, spans: Described[] }> {
    exporter.reset()
    const told = (await app.inject(path)).json<{ isMainThread: boolean, traceId: string }>()
    await until('the request\'s span has ended', () => exporter.getFinishedSpans().some(({ name }) => name === 'request'))
    const inWorker = (await app.inject('/spans')).json<Described[]>()
    return { told, spans: [...exporter.getFinishedSpans().map(describe), ...inWorker] }
  }

  /** Names of the span and of those above it. */
  function pathOf (first: Described | undefined, spans: Described[]): string[] {
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    const path: string[] = []
    for (let span = first; span !== undefined; span = byId.get(span.parent!)) path.push(span.name)
    return path
  }

  await t.test('a visit is a span below its request\'s, and a span of the worker is below the visit\'s', async (t) => {
    const { told: { isMainThread, traceId }, spans } = await trace('/span')
    t.equal(isMainThread, false)
    const named = (name: string): Described | undefined => spans.find((span) => span.name === name && span.traceId === traceId)
    const path = pathOf(named('work'), spans)
    t.equal(path[0], 'work')
    t.equal(path.at(-1), 'request')
    t.ok(path.includes('fastify.blocking.visit'))
    t.match(named('fastify.blocking.visit'), {
      attributes: { 'fastify.blocking.route': 'GET /span', 'fastify.blocking.wait': Number, 'fastify.blocking.run': Number }
    })
  })

  for (const [path, isMainThread] of [['/offloads', false], ['/asks-the-loop', true]] as const) {
    await t.test(`a span of a function is below its request's: ${path}`, async (t) => {
      const { told, spans } = await trace(path)
      t.equal(told.isMainThread, isMainThread)
      const names = pathOf(spans.find(({ name, traceId }) => name === 'work' && traceId === told.traceId), spans)
      t.equal(names[0], 'work')
      t.equal(names.at(-1), 'request')
    })
  }

  await t.test('the span of a visit that is lost has the error', async (t) => {
    exporter.reset()
    t.equal((await app.inject('/exits')).statusCode, 500)
    const visits = exporter.getFinishedSpans().filter(({ name }) => name === 'fastify.blocking.visit').map(describe)
    t.match(visits, [{ status: { code: 2, message: /GET \/exits/ }, attributes: { 'fastify.blocking.route': 'GET /exits' } }])
    t.equal(visits.length, 1)
  })
})

t.test('workers may be without a tracer provider', async (t) => {
  const app = await buildWithoutProvider()
  t.teardown(() => app.close())
  exporter.reset()
  t.match((await app.inject('/handler?tenant=a')).json(), { isMainThread: false, tenants: ['a', 'a'] })
  t.match(exporter.getFinishedSpans(), [{ name: 'fastify.blocking.visit' }])
})
