import type { FastifyInstance, RouteOptions } from 'fastify'
import { ownHooks, type PrintedHooks, readPrintedHooks } from './printed-hooks.js'
import { readAdditions } from './route-watch.js'

/*
 * Lists by name what contexts add to blocking routes (hooks, error handlers, compilers) and what their
 * handlers find there (decorators, schemas, parsers). Both sides are compared at boot: a plugin that workers
 * build alone lacks what the contexts around it add on the main thread, which would go unnoticed.
 */

interface Surrounded {
  instance: FastifyInstance
  key: string
  /** See `PlannedRoute`. */
  tag: string
  /** Names of the route's own functions. */
  own: string[]
  /** Names of the route's own functions for parsing and validation. */
  parsing: string[]
}

export class SurroundedRoutes {
  readonly #routes: Surrounded[] = []
  readonly #fastify: FastifyInstance
  /**
   * Names in the context at the registration. Additions of the plugin after it are not compared: they are
   * made in workers too, or left out there on purpose.
   */
  readonly #before: string[]
  #parses = false

  constructor (fastify: FastifyInstance) {
    this.#fastify = fastify
    this.#before = readContext(fastify)
  }

  /** Called from `onRoute`, before this package replaces functions of the route. */
  add (instance: FastifyInstance, route: RouteOptions, key: string, tag: string, parse: boolean): void {
    this.#parses ||= parse
    // Without a custom compiler this is undefined: Fastify sets its default later, where it needs one.
    const compiler = route.validatorCompiler ?? instance.validatorCompiler
    const validator = nameFunction('validator compiler', compiler)
    const own = [
      ...nameFunction('route\'s own error handler', route.errorHandler),
      ...nameFunction('serializer compiler', route.serializerCompiler ?? instance.serializerCompiler),
      ...(parse ? validator : [])
    ]
    const parsing = [...validator, ...nameFunction('schema error formatter', route.schemaErrorFormatter)]
    this.#routes.push({ instance, key, tag, own, parsing })
  }

  /** Returns the names by key of the route. Called once all hooks are known. */
  readRoutes (hooks?: ReadonlyMap<string, PrintedHooks>): Record<string, string[]> {
    if (this.#routes.length === 0) return {}
    hooks ??= readPrintedHooks(this.#fastify, comparedHooks)
    return Object.fromEntries(this.#routes.map(({ instance, key, tag, own }) => [
      key, [...own, ...nameFunction('error handler', instance.errorHandler), ...nameHooks(hooks.get(tag))]
    ]))
  }

  /**
   * Returns, by key of the route, the names of what parses and validates its requests, but for Fastify's
   * own.
   */
  readParsing (): Record<string, string[]> {
    return Object.fromEntries(this.#routes.map(({ instance, key, parsing }) =>
      [key, [...parsing, ...readAdditions(instance).filter(isOfParsing)]]))
  }

  /** Returns the names of all that the context of the registration has. */
  readContext (): string[] {
    return readContext(this.#fastify)
  }

  /**
   * Returns the names of what the context had at the registration, and of what the contexts around it have in
   * the end. Parts that serve parsing count only if a route defers it.
   */
  readOuterContext (): string[] {
    const outer = Object.getPrototypeOf(this.#fastify) as FastifyInstance
    const found = new Set([...this.#before, ...('server' in outer ? readContext(outer) : [])])
    return [...found].filter((what) => this.#parses || !isOfParsing(what))
  }
}

/**
 * Stands for hooks of a route that cannot be found: a plugin, such as @fastify/otel, has wrapped the marking
 * hook.
 */
const unseen = 'hooks that cannot be seen'

/** Kinds that a worker needs for parsing alone. */
const ofParsing = ['content type parser', 'schema error formatter']

function isOfParsing (what: string): boolean {
  return ofParsing.some((kind) => what.startsWith(kind))
}

/** Kinds of hooks that run in the worker, and so have to be there too. */
export const comparedHooks = ['preSerialization', 'onError'] as const

function nameHooks (hooks: PrintedHooks | undefined): string[] {
  if (hooks === undefined) return [unseen]
  return comparedHooks.flatMap((kind) => (hooks[kind] ?? []).filter((name) => !ownHooks.has(name))
    .map((name) => `${kind} hook ${name}()`))
}

function readContext (fastify: FastifyInstance): string[] {
  const decorators = new Set<string>()
  // Fastify's own properties are included; they are the same on both sides.
  for (
    let instance = fastify;
    'server' in instance;
    instance = Object.getPrototypeOf(instance) as FastifyInstance
  ) {
    for (const name of Object.getOwnPropertyNames(instance)) decorators.add(name)
  }
  return [
    ...[...decorators].map((name) => `decorator ${name}`),
    ...Object.keys(fastify.getSchemas()).map((id) => `schema ${id}`),
    ...readAdditions(fastify)
  ]
}

// A function is compared by name, not by source: a loader may have produced another source in the other
// thread.
function nameFunction (what: string, value: ((...parameters: never) => unknown) | undefined): string[] {
  return value === undefined ? [] : [`${what} ${value.name.replace(/^(bound )+/, '') || 'anonymous'}()`]
}

/** Returns a sentence for each thing that routes lack in the worker, or have only there. */
export function compareRoutes (here: Record<string, string[]>, there: Record<string, string[]>): string[] {
  const keys = Object.keys(here).filter((key) => Object.hasOwn(there, key))
  const isBlind = (key: string): boolean => [here, there].some((routes) => routes[key]!.includes(unseen))
  const read = (routes: typeof here, key: string): string[] =>
    isBlind(key) ? routes[key]!.filter((what) => what !== unseen && !isHook(what)) : routes[key]!
  const missing = group(keys, (key) => subtract(read(here, key), read(there, key)))
  const added = group(keys, (key) => subtract(read(there, key), read(here, key)))
  return [
    ...missing.map((what) => `${what} is missing in the worker`),
    ...added.map((what) => `${what} is only in the worker`)
  ]
}

/** Returns a sentence for the first name that only one side has; undefined if both have the same. */
export function findDifference (here: string[], there: string[]): string | undefined {
  const [missing] = subtract(here, there)
  if (missing !== undefined) return `the ${missing} is missing in the worker`
  const [added] = subtract(there, here)
  return added === undefined ? undefined : `the ${added} is only in the worker`
}

export function compareContexts (here: string[], there: string[]): string[] {
  return subtract(here, there).map((what) => `the ${what} is missing in the worker`)
}

function isHook (what: string): boolean {
  return /^(preSerialization|onError) hook /.test(what)
}

/** Multiset difference: each entry of `other` cancels one equal entry of `one`. */
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
  for (const key of keys) {
    for (const what of differ(key)) routesOf.set(what, [...routesOf.get(what) ?? [], key])
  }
  return [...routesOf].map(([what, [first, ...others]]) =>
    `the ${what} of ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`)
}
