import type { FastifyInstance, RouteOptions } from 'fastify'
import { readAdditions } from './route-watch.js'

/*
 * What contexts add to a blocking route, and what its handler may find there. Compared at boot, by name: a plugin that is
 * built alone lacks what the contexts around it add on the main thread, and nobody would notice.
 */

interface Surrounded {
  instance: FastifyInstance
  key: string
  /** See `PlannedRoute`. */
  mark: string
  own: string[]
}

export class SurroundedRoutes {
  readonly #routes: Surrounded[] = []
  readonly #fastify: FastifyInstance
  /** At registration: what a plugin adds later it adds in workers too, or leaves out there on purpose. */
  readonly #before: string[]
  #parses = false

  constructor (fastify: FastifyInstance) {
    this.#fastify = fastify
    this.#before = readContext(fastify)
  }

  /** Called from `onRoute`, before anything is put in the place of the route's own functions. */
  add (instance: FastifyInstance, route: RouteOptions, key: string, mark: string, parse: boolean): void {
    this.#parses ||= parse
    const own = [
      ...nameFunction('route\'s own error handler', route.errorHandler),
      // Fastify's own come later, where it needs them.
      ...nameFunction('serializer compiler', route.serializerCompiler ?? instance.serializerCompiler),
      ...(parse ? nameFunction('validator compiler', route.validatorCompiler ?? instance.validatorCompiler) : [])
    ]
    this.#routes.push({ instance, key, mark, own })
  }

  /** Once all hooks are known, by key. */
  readRoutes (): Record<string, string[]> {
    if (this.#routes.length === 0) return {}
    const hooks = readHooks(this.#fastify)
    return Object.fromEntries(this.#routes.map(({ instance, key, mark, own }) =>
      [key, [...own, ...nameFunction('error handler', instance.errorHandler), ...hooks.get(mark) ?? [unseen]]]))
  }

  /** All that is there. */
  readContext (): string[] {
    return readContext(this.#fastify)
  }

  /** What was there before the plugin of the registration, and what the contexts around it have in the end. */
  readOuterContext (): string[] {
    const outer = Object.getPrototypeOf(this.#fastify) as FastifyInstance
    const found = new Set([...this.#before, ...('server' in outer ? readContext(outer) : [])])
    return [...found].filter((what) => this.#parses || !ofParsing.some((kind) => what.startsWith(kind)))
  }
}

/** Another plugin has wrapped the hook by which those of the route are found, as @fastify/otel does. */
const unseen = 'hooks that cannot be seen'

/** What only routes with `parse: true` have to do with in a worker. */
const ofParsing = ['content type parser', 'schema error formatter']

function readContext (fastify: FastifyInstance): string[] {
  const decorators = new Set<string>()
  // Fastify's own are among them, on both sides.
  for (let instance = fastify; 'server' in instance; instance = Object.getPrototypeOf(instance) as FastifyInstance) {
    for (const name of Object.getOwnPropertyNames(instance)) decorators.add(name)
  }
  return [...[...decorators].map((name) => `decorator ${name}`), ...Object.keys(fastify.getSchemas()).map((id) => `schema ${id}`), ...readAdditions(fastify)]
}

/** Fastify has no API that tells which hooks a route has in the end, but it prints them. See also loop/response/onsend-hooks.ts, for the marks. */
function readHooks (fastify: FastifyInstance): Map<string, string[]> {
  const found = new Map<string, string[]>()
  let hooks: string[] = []
  for (const line of fastify.printRoutes({ includeMeta: ['preSerialization', 'onError', 'onSend'], commonPrefix: false }).split('\n')) {
    const [, name, list = ''] = /• \((\w+)\) \[(.*)\]$/.exec(line) ?? []
    if (name === undefined) hooks = []
    const mark = name === 'onSend' ? /"blocking:(\w+)\(\)"/.exec(list)?.[1] : undefined
    if (mark !== undefined) found.set(mark, hooks)
    else if (name !== undefined && name !== 'onSend') hooks.push(...[...list.matchAll(/"(.*?)\(\)"/g)].map(([, hook]) => `${name} hook ${hook}()`))
  }
  return found
}

// Not its source: a loader may have made another one of it in the other thread.
function nameFunction (what: string, value: ((...parameters: never) => unknown) | undefined): string[] {
  return value === undefined ? [] : [`${what} ${value.name.replace(/^(bound )+/, '') || 'anonymous'}()`]
}

/** What of these is missing in the worker, or only there; sentences. */
export function compareRoutes (here: Record<string, string[]>, there: Record<string, string[]>): string[] {
  const keys = Object.keys(here).filter((key) => Object.hasOwn(there, key))
  const isBlind = (key: string): boolean => [here, there].some((routes) => routes[key]!.includes(unseen))
  const read = (routes: typeof here, key: string): string[] => isBlind(key) ? routes[key]!.filter((what) => what !== unseen && !isHook(what)) : routes[key]!
  const missing = group(keys, (key) => subtract(read(here, key), read(there, key)))
  const added = group(keys, (key) => subtract(read(there, key), read(here, key)))
  return [...missing.map((what) => `${what} is missing in the worker`), ...added.map((what) => `${what} is only in the worker`)]
}

export function compareContexts (here: string[], there: string[]): string[] {
  return subtract(here, there).map((what) => `the ${what} is missing in the worker`)
}

function isHook (what: string): boolean {
  return /^(preSerialization|onError) hook /.test(what)
}

/** One of a name takes one of the other's away. */
function subtract (one: string[], other: string[]): string[] {
  const rest = [...other]
  return one.filter((what) => {
    const index = rest.indexOf(what)
    if (index !== -1) rest.splice(index, 1)
    return index === -1
  })
}

function group (keys: string[], differ: (key: string) => string[]): string[] {
  const routesOf = new Map<string, string[]>()
  for (const key of keys) for (const what of differ(key)) routesOf.set(what, [...routesOf.get(what) ?? [], key])
  return [...routesOf].map(([what, [first, ...others]]) => `the ${what} of ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`)
}
