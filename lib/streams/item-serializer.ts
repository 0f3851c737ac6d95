import type { FastifyReply } from 'fastify'
import { InvalidItem } from '../errors.js'

/** Makes the JSON of an item. Throws FST_BLOCKING_INVALID_ITEM for a value that JSON has no word for. */
export type SerializeItem = (item: unknown) => string

/** The members of a reply that are needed, of whatever types the reply is. */
export interface ItemReply extends Pick<FastifyReply, 'statusCode' | 'getSerializationFunction'> {
  readonly request: { readonly method: string, readonly routeOptions: { readonly url?: string | undefined } }
}

/** Where an item comes from, for errors: "events() of GET /progress". */
export function nameSource (name: string, { request: { method, routeOptions } }: ItemReply): string {
  return `${name}() of ${method} ${routeOptions.url}`
}

/**
 * Returns the serializer that Fastify has compiled from the route's schema for the reply's status and the
 * content type, or that of JSON.
 */
export function findItemSerializer (reply: ItemReply, contentType: string, source: string): SerializeItem {
  const compiled = compiledSerializer(reply, contentType)
  return (item) => {
    const json: unknown = compiled === undefined
      ? JSON.stringify(item)
      : compiled(item as Record<string, unknown>) // any item is accepted, whatever Fastify's type says
    if (typeof json !== 'string') {
      throw new InvalidItem(source, `${typeof item}, of which there is no JSON`)
    }
    return json
  }
}

function compiledSerializer (reply: ItemReply, contentType: string) {
  const status = String(reply.statusCode)
  for (const key of [status, `${status[0]}xx`, 'default']) {
    for (const type of [contentType, '*/*']) {
      const compiled = reply.getSerializationFunction(key, type)
      if (compiled !== undefined) return compiled
    }
  }
  return undefined
}
