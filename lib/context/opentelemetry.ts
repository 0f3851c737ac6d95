import { tracingChannel } from 'node:diagnostics_channel'
import type { Span } from '@opentelemetry/api'
import type { FastifyRequest } from 'fastify'
import { setSpan } from '../request/spans.js'
import { currentWorkerData, isWorker } from '../wire/worker-data.js'
import type { Carriers } from './carriers.js'
import type { VisitTrace } from './visit-trace.js'

/*
 * OpenTelemetry, if the app has registered a tracer provider before this plugin: each visit is a span below
 * that of the request, and spans started in the worker are below that of the visit.
 */

type Api = typeof import('@opentelemetry/api')

const spans = new WeakMap<FastifyRequest, Span>()
let carriers: Promise<Carriers> | undefined

/** Name of the carrier. */
export const telemetry = '@opentelemetry/api'

/**
 * Subscribes to visits, once per process, and returns the carrier of the context; none without a provider. A
 * worker has the carrier if the main thread has it, also without a provider of its own. Otherwise the worker
 * does not load the package.
 */
export function joinTelemetry (): Promise<Carriers> {
  carriers ??= currentWorkerData?.isTraced === false ? Promise.resolve({}) : loadCarriers()
  return carriers
}

async function loadCarriers (): Promise<Carriers> {
  return await import('@opentelemetry/api').then((api) => {
    if (!isWorker && !isInUse(api)) return {}
    if (!isWorker) traceVisits(api)
    return { [telemetry]: carryContext(api) }
  }, () => ({}))
}

/**
 * Whether a tracer provider is registered. The package may be installed for the sake of another one alone:
 * each visit would then pay for spans that nobody records.
 */
function isInUse ({ ProxyTracerProvider, trace }: Api): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) ||
    provider.getDelegateTracer('fastify-blocking') !== undefined
}

function carryContext ({ context, propagation, trace }: Api): Carriers[string] {
  return {
    capture (request) {
      const carrier: Record<string, string> = {}
      const span = request && spans.get(request)
      propagation.inject(
        span === undefined ? context.active() : trace.setSpan(context.active(), span), carrier
      )
      return Object.keys(carrier).length > 0 ? carrier : undefined
    },
    run (carrier, callback, request) {
      const extracted = propagation.extract(context.active(), carrier)
      if (request !== undefined) setSpan(request, extracted, trace.getSpan(extracted))
      context.with(extracted, callback)
    }
  }
}

function traceVisits ({ trace, SpanStatusCode }: Api): void {
  const tracer = trace.getTracer('fastify-blocking')
  const visits = tracingChannel<unknown, VisitTrace>('fastify.blocking.visit')
  visits.start.subscribe(function startSpan (message) {
    const { route, request } = message as VisitTrace
    spans.set(
      request, tracer.startSpan('fastify.blocking.visit', { attributes: { 'fastify.blocking.route': route } })
    )
  })
  visits.asyncEnd.subscribe(function endSpan (message) {
    const { request, wait = 0, run = 0, error } = message as VisitTrace
    const span = spans.get(request)
    if (span === undefined) return
    span.setAttributes({ 'fastify.blocking.wait': wait, 'fastify.blocking.run': run })
    if (error instanceof Error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
      span.recordException(error)
    }
    span.end()
  })
}
