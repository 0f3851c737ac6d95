import Fastify from 'fastify'
import { createBare } from '../bare-instance.js'
import { UnknownVersion } from '../errors.js'
import { uploadsProperty } from './plugin-symbols.js'

/*
 * Tells the properties that Fastify itself keeps on a request and a reply, which stay on their side, from
 * those that hooks and handlers have added.
 */

type IsOwn = (object: object, name: string) => boolean

/**
 * Finds the properties of an object that are not own to its side. Most objects of a prototype have the same
 * names, so a list of names in which none was found is cached by prototype.
 */
export class PropertyFilter {
  readonly #isOwn: IsOwn
  readonly #found = new WeakMap<object, readonly string[]>()
  /**
   * The list found last, and its prototype: compared first, which costs less than a look-up in the WeakMap.
   */
  #last: readonly string[] | undefined
  #lastPrototype: object | undefined

  constructor (isOwn: IsOwn) {
    this.#isOwn = isOwn
  }

  /** Returns the names, of `names`, that are not own to the side. */
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

/** Own properties of Fastify's requests and replies, as of Fastify 5.12. */
const ofRequest = new Set(['id', 'params', 'raw', 'query', 'log', 'body'])
const ofReply = new Set(['raw', 'request', 'log'])
let isLearnt = false

/**
 * Adds the names that the installed version of Fastify has, once, read from a request to a bare instance
 * without hooks and plugins. A malformed URL reaches `frameworkErrors` before any hook runs, also those of
 * plugins that add themselves to every instance. Throws FST_BLOCKING_UNKNOWN_VERSION.
 */
export function learnFastifyProperties (): void {
  if (isLearnt) return
  const bare = createBare(() => Fastify({
    frameworkErrors (_error, request, reply) {
      isLearnt = true
      for (const name of Object.keys(request)) ofRequest.add(name)
      for (const name of Object.keys(reply)) ofReply.add(name)
    }
  }))
  bare.get('/:any', () => {})
  bare.routing({ url: '/%', method: 'GET', headers: {} } as never, {} as never)
  if (!isLearnt) {
    throw new UnknownVersion(
      'fastify',
      bare.version,
      'frameworkErrors for a URL that is none, as it tells which properties are its own'
    )
  }
}

/**
 * The property with the files that `@fastify/multipart` has saved is own too: its hooks remove them on that
 * side.
 */
export const namesOfRequest = new PropertyFilter((request, name) =>
  ofRequest.has(name) || (name === uploadsProperty && 'cleanRequestFiles' in request))
export const namesOfReply = new PropertyFilter((_reply, name) => ofReply.has(name))
