import Fastify from 'fastify'
import { UnknownVersion } from '../errors.js'
import { uploadsProperty } from './plugins.js'

/*
 * What on a request and a reply stays on its side: what Fastify itself keeps there. The rest is what hooks and handlers have put there.
 */

type IsOwn = (object: object, name: string) => boolean

/** Tells what an object has besides its own side's. Most objects of a prototype have the same names, so those that were found to be no others are kept. */
export class PropertyFilter {
  readonly #isOwn: IsOwn
  readonly #found = new WeakMap<object, readonly string[]>()
  /** The last ones that were, and the prototype of theirs: to look there first costs less. */
  #last: readonly string[] | undefined
  #lastPrototype: object | undefined

  constructor (isOwn: IsOwn) {
    this.#isOwn = isOwn
  }

  othersOf (object: object, names: readonly string[] = Object.keys(object)): readonly string[] {
    const prototype = Object.getPrototypeOf(object) as object
    if (prototype !== this.#lastPrototype) {
      this.#last = this.#found.get(prototype)
      this.#lastPrototype = prototype
    }
    if (this.#last !== undefined && equalLists(names, this.#last)) return none
    const others = names.filter((name) => !this.#isOwn(object, name))
    if (others.length > 0) return others
    this.#found.set(prototype, names)
    this.#last = names
    return none
  }
}

const none: readonly string[] = []

export function equalLists (names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false
  return true
}

/** As of Fastify 5.12. */
const ofRequest = new Set(['id', 'params', 'raw', 'query', 'log', 'body'])
const ofReply = new Set(['raw', 'request', 'log'])
let isLearnt = false

/**
 * Learns the names of those that another version has, once, from a request to an instance of its own, which has neither hooks nor plugins. A URL that is none comes to
 * `frameworkErrors` before any hook, also those of plugins that add themselves to every instance. Throws FST_BLOCKING_UNKNOWN_VERSION.
 */
export function learnFastifyProperties (): void {
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
export const namesOfRequest = new PropertyFilter((request, name) => ofRequest.has(name) || (name === uploadsProperty && 'cleanRequestFiles' in request))
export const namesOfReply = new PropertyFilter((_reply, name) => ofReply.has(name))
