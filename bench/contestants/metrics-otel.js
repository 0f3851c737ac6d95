import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../limits.js'

export const app = Fastify()

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const openTelemetry = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })] })

await app.register(blocking, { app: import.meta.url, pool: { maxThreads }, metrics: { openTelemetry } })

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
