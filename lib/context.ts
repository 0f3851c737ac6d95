import type { FastifyRequest } from 'fastify'
import { createParcel, pack, type Parcel, unpack } from './wire/parcel.js'

/** Brings what an AsyncLocalStorage holds to the worker; its value must be data. */
export interface ContextCarrier {
  /** On the loop, before a request waits for a worker; undefined for nothing to bring. */
  capture (request: FastifyRequest): unknown
  /** In the worker: calls back within the context, at once. */
  run (value: unknown, callback: () => void, request: FastifyRequest): void
}

/** By name, of the option `context`. */
export type Carriers = Readonly<Record<string, ContextCarrier>>

/** Plugins whose context is brought without being asked; their hooks run in the worker too, see worker/plugin-hooks.ts. */
export const knownCarriers: Carriers = {
  '@fastify/request-context': {
    capture: (request) => storeOf(request),
    run (values, callback, request) {
      Object.assign(storeOf(request) ?? {}, values)
      callback()
    }
  }
}

function storeOf (request: FastifyRequest & { requestContext?: { getStore?: () => object | undefined } }): object | undefined {
  return request.requestContext?.getStore?.()
}

/** Undefined if there is nothing to bring. */
export function captureContexts (carriers: Carriers, request: FastifyRequest): Parcel | undefined {
  let parcel: Parcel | undefined
  for (const name in carriers) {
    const value = carriers[name]!.capture(request)
    if (value !== undefined) pack(parcel ??= createParcel(), name, value)
  }
  return parcel
}

/** Throws what has kept a value from crossing. */
export function runInContexts (carriers: Carriers, parcel: Parcel | undefined, request: FastifyRequest, callback: () => void): void {
  if (parcel === undefined) return callback()
  const values: Record<string, unknown> = {}
  unpack(parcel, values, (name) => `context.${name}`)
  const run = Object.keys(values).reduceRight((inner, name) => () => carriers[name]!.run(values[name], inner, request), callback)
  run()
}
