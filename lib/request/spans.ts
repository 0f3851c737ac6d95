import type { FastifyRequest } from 'fastify'
import { findSymbol } from './plugin-symbols.js'

export const spanSymbols = ['fastify otel request context', 'fastify otel request spans'] as const

/** Sets what request.opentelemetry() of @fastify/otel returns. */
export function setSpan (request: FastifyRequest, context: unknown, span: unknown): void {
  if (!('opentelemetry' in request)) return
  for (const [index, value] of [context, span].entries()) {
    const symbol = findSymbol(request, spanSymbols[index]!)
    if (symbol !== undefined) Reflect.set(request, symbol, value)
  }
}
