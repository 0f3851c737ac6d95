import { UnknownVersion } from '../errors.js'

/*
 * Plugins keep state in instances of their own on a request or a reply, and have no API for it. It is read
 * from symbol properties. worker/boot/check-plugins.ts checks at boot that they exist.
 */

/**
 * Property of `@fastify/multipart` with the files that its hook removes where they were saved, see
 * fastify-properties.ts.
 */
export const uploadsProperty = 'tmpUploads'

/** Throws FST_BLOCKING_UNKNOWN_VERSION if the object has no such symbol. */
export function needSymbol (object: object, description: string, plugin: string): symbol {
  const symbol = findSymbol(object, description)
  if (symbol === undefined) throw new UnknownVersion(plugin, 'unknown', `Symbol(${description})`)
  return symbol
}

export function findSymbol (object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
}
