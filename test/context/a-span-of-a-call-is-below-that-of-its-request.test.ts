import t from 'tap'
import { build, describe, exporter } from './fixtures/otel.js'
import { until } from '../support/until.js'

interface Described {
  name: string
  traceId: string
  spanId: string
  parent?: string
}

for (const [path, isMainThread] of [['/offloads', false], ['/asks-the-loop', true]] as const) {
  t.test(`with OpenTelemetry a span of a function is below its request's: ${path}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await app.ready()
    exporter.reset()

    const told = (await app.inject(path)).json<{ isMainThread: boolean, traceId: string }>()
    await until('the request\'s span has ended', () => exporter.getFinishedSpans().some(({ name }) => name === 'request'))
    const inWorker = (await app.inject('/spans')).json<Described[]>()
    t.equal(told.isMainThread, isMainThread)
    const byId = new Map([...exporter.getFinishedSpans().map(describe), ...inWorker].map((span) => [span.spanId, span]))
    const names: string[] = []
    for (let span = [...byId.values()].find(({ name, traceId }) => name === 'work' && traceId === told.traceId); span !== undefined; span = byId.get(span.parent!)) names.push(span.name)
    t.equal(names[0], 'work')
    t.equal(names.at(-1), 'request')
  })
}
