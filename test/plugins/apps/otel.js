import otel from '@fastify/otel'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'

export const plugin = '@fastify/otel'
export const uses = '`request.opentelemetry`, the span that is active in a handler'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
provider.register()

export default async function (app) {
  const { FastifyOtelInstrumentation } = otel
  const instrumentation = new FastifyOtelInstrumentation({ tracerProvider: provider })
  await app.register(instrumentation.plugin())
  app.get('/', (request) => {
    const { enabled, instrumented, span, tracer, context } = request.opentelemetry()
    const active = trace.getActiveSpan()
    span?.setAttribute('own', 1)
    tracer.startSpan('inner', {}, context).end()
    return { enabled, instrumented, traceId: span?.spanContext().traceId, isActive: active?.spanContext().traceId }
  })
}

export const requests = [
  { path: '/', headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }, status: 200 },
  { path: '/', status: 200 }
]
export const random = { trace: /[0-9a-f]{32}/g }
