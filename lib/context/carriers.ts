import type { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyRequest } from 'fastify'
import { NotCloneable } from '../errors.js'
import type { CanSend } from '../wire/cloneable.js'
import { createValues, decode, dropUncloneable, encode, type EncodedValues } from '../wire/values.js'

/**
 * Carries the value of an AsyncLocalStorage to the worker, as a copy. The value must be data that structured
 * clone can copy, else FST_BLOCKING_NOT_CLONEABLE. For a call of `offload` there is no `request`.
 */
export interface ContextCarrier {
  /** Called on the loop, before a request or a call is queued. Returns the value; undefined for none. */
  capture (request: FastifyRequest | undefined): unknown
  /** Called in the worker, if there is a value. Must call `callback` synchronously, within the context. */
  run (value: unknown, callback: () => void, request: FastifyRequest | undefined): void
}

/** Carriers by name, as in the option `context`. */
export type Carriers = Readonly<Record<string, ContextCarrier>>

/**
 * Returns the built-in carrier of `@fastify/request-context`. The plugin's hooks run in the worker too, see
 * worker/boot/worker-hooks.ts.
 */
export async function joinRequestContext (): Promise<Carriers> {
  // A request has a decorator that leads to the storage; for a call without a request the storage is
  // imported.
  const storage = await import('@fastify/request-context')
    .then(({ asyncLocalStorage }) => asyncLocalStorage as AsyncLocalStorage<object>, () => undefined)
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

function storeOf (
  request: FastifyRequest & { requestContext?: { getStore?: () => object | undefined } }
): object | undefined {
  return request.requestContext?.getStore?.()
}

/** Captures the values of all carriers; undefined if there are none. */
export function captureContexts (carriers: Carriers, request?: FastifyRequest): EncodedValues | undefined {
  let encoded: EncodedValues | undefined
  for (const name in carriers) {
    const value = carriers[name]!.capture(request)
    if (value !== undefined) encode(encoded ??= createValues(), name, value)
  }
  return encoded
}

/**
 * Calls back within the contexts of all carriers. Throws FST_BLOCKING_NOT_CLONEABLE for a value that did not
 * cross.
 */
export function runInContexts (
  carriers: Carriers,
  encoded: EncodedValues | undefined,
  request: FastifyRequest | undefined,
  callback: () => void
): void {
  if (encoded === undefined) return callback()
  const values: Record<string, unknown> = {}
  decode(encoded, values, pathOf)
  const run = Object.keys(values).reduceRight((inner, name) =>
    () => carriers[name]!.run(values[name], inner, request), callback)
  run()
}

/** Returns the error if a captured value is the reason why a message could not be cloned, else undefined. */
export function explainContexts (
  encoded: EncodedValues | undefined, canSend: CanSend
): Error | undefined {
  const [name] = encoded === undefined ? [] : dropUncloneable(encoded, canSend)
  return name === undefined
    ? undefined
    : new NotCloneable(pathOf(name) + encoded!.omitted![name]![0], encoded!.omitted![name]![1])
}

function pathOf (name: string): string {
  return `context.${name}`
}
