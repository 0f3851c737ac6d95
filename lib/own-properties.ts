/*
 * What on a request and a reply stays on its side: what Fastify itself keeps there. The rest is what hooks and handlers have put there.
 */

export type IsOwn = (object: object, name: string) => boolean

const ofRequest: ReadonlySet<string> = new Set(['id', 'params', 'raw', 'query', 'log', 'body', 'additionalHeaders'])
const ofReply: ReadonlySet<string> = new Set(['raw', 'request', 'log'])

/** With the names of the files that `@fastify/multipart` has saved: its hooks remove them on the side where that was. */
export const isOwnOfRequest: IsOwn = (request, name) => ofRequest.has(name) || (name === 'tmpUploads' && 'cleanRequestFiles' in request)
export const isOwnOfReply: IsOwn = (_reply, name) => ofReply.has(name)
