import type { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyRequest } from 'fastify'
import { NotCloneable } from '../errors.js'
import { createValues, dropUncloneable, encode, type EncodedValues, decode } from '../wire/values.js'

/** Brings what an AsyncLocalStorage holds to the worker; its value must be data. Of a call of `offload` there is no request. */
export interface ContextCarrier {
  /** On the loop, before a request or a call waits for a worker; undefined for nothing to bring. */
  capture (request: FastifyRequest | undefined): unknown
  /** In the worker: calls back within the context, at once. */
  run (value: unknown, callback: () => void, request: FastifyRequest | undefined): void
}

/** By name, of the option `context`. */
export type Carriers = Readonly<Record<string, ContextCarrier>>

/** `@fastify/request-context` is brought without being asked; its hooks run in the worker too, see worker/boot/plugin-hooks.ts. */
export async function joinRequestContext (): Promise<Carriers> {
  // Only of a request is there a decorator to find it by.
  const storage = await import('@fastify/request-context').then(({ asyncLocalStorage }) => asyncLocalStorage as AsyncLocalStorage<object>, () => undefined)
  return {
    '@fastify/request-context': {
      capture: (request) => request === undefined ? storage?.getStore() : storeOf(request),
      run (values, callback, request) {
        if (request === undefined) return storage!.run({ ...values as object }, callback)
        Object.assign(storeOf(request) ?? {}, values)
        callback()
      }
    }
  }
}

function storeOf (request: FastifyRequest & { requestContext?: { getStore?: () => object | undefined } }): object | undefined {
  return request.requestContext?.getStore?.()
}

/** Undefined if there is nothing to bring. */
export function captureContexts (carriers: Carriers, request?: FastifyRequest): EncodedValues | undefined {
  let encoded: EncodedValues | undefined
  for (const name in carriers) {
    const value = carriers[name]!.capture(request)
    if (value !== undefined) encode(encoded ??= createValues(), name, value)
  }
  return encoded
}

/** Throws what has kept a value from crossing. */
export function runInContexts (carriers: Carriers, encoded: EncodedValues | undefined, request: FastifyRequest | undefined, callback: () => void): void {
  if (encoded === undefined) return callback()
  const values: Record<string, unknown> = {}
  decode(encoded, values, pathOf)
  const run = Object.keys(values).reduceRight((inner, name) => () => carriers[name]!.run(values[name], inner, request), callback)
  run()
}

/** Why they could not be posted, if it is because of them. */
export function explainContexts (encoded: EncodedValues | undefined): Error | undefined {
  const [name] = encoded === undefined ? [] : dropUncloneable(encoded)
  return name === undefined ? undefined : new NotCloneable(pathOf(name) + encoded!.omitted![name]![0], encoded!.omitted![name]![1])
}

function pathOf (name: string): string {
  return `context.${name}`
}
