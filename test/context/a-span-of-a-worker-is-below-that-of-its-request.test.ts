import t from 'tap'
import { build, describe, exporter } from './fixtures/otel.js'
import { until } from '../support/until.js'

interface Described {
  name: string
  traceId: string
  spanId: string
  parent?: string
}

t.test('with OpenTelemetry a visit is a span below its request\'s, and a span of the worker is below the visit\'s', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  const { isMainThread, traceId } = (await app.inject('/span')).json<{ isMainThread: boolean, traceId: string }>()
  await until('the request\'s span has ended', () => exporter.getFinishedSpans().some(({ name }) => name === 'request'))
  const spans = (await app.inject('/spans')).json<Described[]>()
  t.equal(isMainThread, false)
  const byId = new Map([...exporter.getFinishedSpans().map(describe), ...spans].map((span) => [span.spanId, span]))
  const named = (name: string): Described | undefined => [...byId.values()].find((span) => span.name === name && span.traceId === traceId)

  const path: string[] = []
  for (let span = named('work'); span !== undefined; span = byId.get(span.parent!)) path.push(span.name)
  t.equal(path[0], 'work')
  t.equal(path.at(-1), 'request')
  t.ok(path.includes('fastify.blocking.visit'))
  t.match(named('fastify.blocking.visit'), {
    attributes: { 'fastify.blocking.route': 'GET /span', 'fastify.blocking.wait': Number, 'fastify.blocking.run': Number }
  })
})

t.test('the span of a visit that is lost has the error', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  exporter.reset()
  t.equal((await app.inject('/exits')).statusCode, 500)
  const visits = exporter.getFinishedSpans().filter(({ name }) => name === 'fastify.blocking.visit').map(describe)
  t.match(visits, [{ status: { code: 2, message: /GET \/exits/ }, attributes: { 'fastify.blocking.route': 'GET /exits' } }])
  t.equal(visits.length, 1)
})
