/*
 * What on a request and a reply stays on its side: what Fastify itself keeps there. The rest is what hooks and handlers have put there.
 */

export type IsOwn = (object: object, name: string) => boolean

const ofRequest: ReadonlySet<string> = new Set(['raw', 'log'])
const ofReply: ReadonlySet<string> = new Set(['raw', 'request', 'log'])
/** What Fastify has made of the request, which may be replaced: of a request that opens a visit it goes by fields of its own. */
const ofParsing: ReadonlySet<string> = new Set(['id', 'params', 'query', 'body'])

/** With the names of the files that `@fastify/multipart` has saved: its hooks remove them on the side where that was. */
export const isOwnOfRequest: IsOwn = (request, name) => ofRequest.has(name) || (name === 'tmpUploads' && 'cleanRequestFiles' in request)
export const isOwnOrParsed: IsOwn = (request, name) => ofParsing.has(name) || isOwnOfRequest(request, name)
export const isOwnOfReply: IsOwn = (_reply, name) => ofReply.has(name)
