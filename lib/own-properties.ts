import Fastify from 'fastify'
import { UnknownVersion } from './errors.js'
import { uploadsProperty } from './plugin-state.js'

/*
 * What on a request and a reply stays on its side: what Fastify itself keeps there. The rest is what hooks and handlers have put there.
 */

export type IsOwn = (object: object, name: string) => boolean

/** As of Fastify 5.12. */
const ofRequest = new Set(['id', 'params', 'raw', 'query', 'log', 'body'])
const ofReply = new Set(['raw', 'request', 'log'])
/** What Fastify has made of the request, which may be replaced: of a request that opens a visit it goes by fields of its own. */
const ofParsing: ReadonlySet<string> = new Set(['id', 'params', 'query', 'body'])
let isLearnt = false

/**
 * Learns the names of those that another version has, once, from a request to an instance of its own, which has neither hooks nor plugins. A URL that is none comes to
 * `frameworkErrors` before any hook, also those of plugins that add themselves to every instance. Throws FST_BLOCKING_UNKNOWN_VERSION.
 */
export function learnOwnProperties (): void {
  if (isLearnt) return
  const bare = Fastify({
    frameworkErrors (_error, request, reply) {
      isLearnt = true
      for (const name of Object.keys(request)) ofRequest.add(name)
      for (const name of Object.keys(reply)) ofReply.add(name)
    }
  })
  bare.get('/:any', () => {})
  bare.routing({ url: '/%', method: 'GET', headers: {} } as never, {} as never)
  if (!isLearnt) throw new UnknownVersion('fastify', bare.version, 'frameworkErrors for a URL that is none, as it tells which properties are its own')
}

/** With the names of the files that `@fastify/multipart` has saved: its hooks remove them on the side where that was. */
export const isOwnOfRequest: IsOwn = (request, name) => isOwnOrParsed(request, name) && !ofParsing.has(name)
export const isOwnOrParsed: IsOwn = (request, name) => ofRequest.has(name) || (name === uploadsProperty && 'cleanRequestFiles' in request)
export const isOwnOfReply: IsOwn = (_reply, name) => ofReply.has(name)
