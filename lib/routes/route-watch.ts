import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import { LoadedTooLate, NotRegistered, RegisteredElsewhere, RegisteredTooLate } from '../errors.js'
import type { Dispatch } from '../options/settings.js'
import { isWorker } from '../wire/worker-data.js'
import { keyOf } from './route-marks.js'
import { wrapSocketHandler } from './socket-handler.js'

/*
 * A marked route that no registration sees would run on the loop and without its dependencies, which may be
 * guards, and nothing would tell. So every server is watched from its creation on, whether this package is
 * registered on it or not.
 */

/**
 * Notes on one server. All copies of this package in the process share the object, so its shape is an
 * interface between their versions.
 */
interface Watch {
  readonly routes: { instance: FastifyInstance, route: RouteOptions, key: string }[]
  /** Options of routes that a registration has looked at. */
  readonly seen: WeakSet<RouteOptions>
  /** Handlers as written, before another plugin's `onRoute` hook could wrap them. */
  readonly handlers: WeakMap<RouteOptions, RouteHandlerMethod>
  /** Values of `blocking` as written, before a plugin's `onRoute` hook could set them. */
  readonly written: WeakMap<RouteOptions, RouteOptions['blocking']>
  /** Additions to contexts that Fastify has no API to list. */
  readonly additions: { instance: FastifyInstance, what: string }[]
  /** Contexts that have got functions of the app which are given requests: error handlers and the like. */
  readonly answering: FastifyInstance[]
  /** Schema error formatters of the app, by the context that has set them. */
  readonly formatters: WeakMap<FastifyInstance, SchemaErrorFormatter>
  /** Number of registrations of this package on the server. */
  registrations: number
  /**
   * Whether the server was made before this package was loaded: what hooks have done before these is unknown.
   */
  readonly isLate: boolean
}

export type SchemaErrorFormatter = NonNullable<RouteOptions['schemaErrorFormatter']>

// A symbol of the global registry, for a property of the root instance, which its contexts inherit: another
// copy of this package finds the watch there, also one of another realm, as Jest makes them.
const key = Symbol.for('fastify-blocking.routes')

if (!isWorker) {
  subscribe('fastify.initialization', (message) =>
    watchRoutes((message as { fastify: FastifyInstance }).fastify))
}

/** Watches a server that has no routes and no hooks yet. */
export function watchRoutes (fastify: FastifyInstance): void {
  if (findWatch(fastify) !== undefined) return
  const watch = openWatch(fastify, false)
  noteRoutes(fastify, watch)
  if (isWorker) return // the main thread has refused such routes
  fastify.addHook('onReady', async function refuseWithoutRegistration () {
    // A registration refuses such routes in its own `onReady` hook, since it has threads to end as well.
    if (watch.registrations === 0) refuseFirst(watch, ({ route }) => isMarked(route))
  })
}

/**
 * Called at a registration. Throws FST_BLOCKING_REGISTERED_TOO_LATE if a marked route within its context
 * exists already, and FST_BLOCKING_LOADED_TOO_LATE if what has to be known of the server came before the
 * watch and cannot be known any more. A server that was made before this package was loaded is watched from
 * here on: its contexts so far are those around the registration, and those that have loaded already, which
 * get no more routes.
 */
export function joinWatch (fastify: FastifyInstance, dispatch: Dispatch): void {
  if (findWatch(fastify) === undefined) watchLate(fastify)
  if (findWatch(fastify)!.isLate && dispatch === 'signature') {
    throw new LoadedTooLate(
      'whether a handler was written as an async function, which dispatch: \'signature\' goes by, cannot ' +
      'be known, since another plugin may have wrapped it'
    )
  }
  const route = findWatch(fastify)!.routes.find((noted) =>
    isWithin(noted.instance, fastify) && isUnseen(findWatch(fastify)!, noted.route))
  if (route !== undefined) throw new RegisteredTooLate(route.key)
}

/** Called once the registration is complete and will see routes: one that failed before does not count. */
export function countRegistration (fastify: FastifyInstance): void {
  findWatch(fastify)!.registrations++
}

/** Notes that a registration has looked at the route. */
export function noteSeen (fastify: FastifyInstance, route: RouteOptions): void {
  findWatch(fastify)!.seen.add(route)
}

/**
 * Throws for a route that no registration has seen, although it is marked or its context has dependencies.
 * Called once all plugins have loaded. `isGuarded` tells whether a context has dependencies for its routes.
 */
export function refuseUnseenRoutes (
  fastify: FastifyInstance, isGuarded: (instance: FastifyInstance) => boolean
): void {
  const watch = findWatch(fastify)!
  refuseFirst(watch, ({ instance, route }) =>
    isUnseen(watch, route) || (!watch.seen.has(route) && isGuarded(instance)))
}

/**
 * Returns the handler as written; undefined if a plugin may have wrapped it before the server was watched.
 */
export function findWrittenHandler (
  fastify: FastifyInstance, route: RouteOptions
): RouteHandlerMethod | undefined {
  const watch = findWatch(fastify)
  return watch === undefined || watch.isLate ? undefined : watch.handlers.get(route)
}

/** Whether an `onRoute` hook has set the route's option `blocking`; false if that cannot be known. */
export function isMarkedByPlugin (fastify: FastifyInstance, route: RouteOptions): boolean {
  const watch = findWatch(fastify)
  return watch !== undefined && !watch.isLate && watch.written.get(route) !== route.blocking
}

/** Whether the server was made before this package was loaded, so that additions before it are unknown. */
export function isWatchedLate (fastify: FastifyInstance): boolean {
  return findWatch(fastify)!.isLate
}

/** Whether the context has an error handler, a not-found handler or a factory of loggers of the app. */
export function hasHandlers (fastify: FastifyInstance): boolean {
  return findWatch(fastify)!.answering.some((instance) => isWithin(fastify, instance))
}

/** Returns the schema error formatter that a route of the context has by default; undefined for Fastify's. */
export function findErrorFormatter (fastify: FastifyInstance): SchemaErrorFormatter | undefined {
  const { formatters } = findWatch(fastify)!
  for (
    let instance = fastify;
    'server' in instance;
    instance = Object.getPrototypeOf(instance) as FastifyInstance
  ) {
    const found = formatters.get(instance)
    if (found !== undefined) return found
  }
  return undefined
}

/** Returns the additions to the context and to those around it that Fastify has no API to list. */
export function readAdditions (fastify: FastifyInstance): string[] {
  return findWatch(fastify)!.additions
    .filter(({ instance }) => isWithin(fastify, instance)).map(({ what }) => what)
}

function findWatch (fastify: FastifyInstance & { [key]?: Watch }): Watch | undefined {
  return fastify[key]
}

function openWatch (root: FastifyInstance, isLate: boolean): Watch {
  const watch: Watch = {
    routes: [],
    seen: new WeakSet(),
    handlers: new WeakMap(),
    written: new WeakMap(),
    additions: [],
    answering: [],
    formatters: new WeakMap(),
    registrations: 0,
    isLate
  }
  Object.defineProperty(root, key, { value: watch })
  noteAdditions(root, watch)
  noteHandlers(root, watch)
  noteFormatters(root, watch)
  return watch
}

function noteRoutes (instance: FastifyInstance, watch: Watch): void {
  instance.addHook('onRoute', function noteRoute (route) {
    const noted = { instance: this, route, key: keyOf(route) }
    watch.routes.push(noted)
    watch.handlers.set(route, route.handler)
    watch.written.set(route, route.blocking)
    if (!isWorker) wrapSocketHandler(route)
    if (isWorker || !isMarked(route) || 'blocking' in this) return
    const { handler } = route
    // The boot will fail at onReady, unless another hook removes the mark. Fastify can still be given
    // requests after that, so the handler refuses them as well.
    route.handler = function handleUnmarked (request, reply) {
      if (isUnseen(watch, route)) refuse(watch, noted)
      return handler.call(this, request, reply)
    }
  })
}

/** The methods of a context whose additions Fastify has no API to list, and how these are named in errors. */
const additions = {
  decorateRequest: 'request decorator',
  decorateReply: 'reply decorator',
  setReplySerializer: 'reply serializer',
  setSchemaErrorFormatter: 'schema error formatter',
  addContentTypeParser: 'content type parser',
  removeContentTypeParser: 'content type parser removed:',
  removeAllContentTypeParsers: 'content type parsers removed'
}

type Method = (this: FastifyInstance, ...parameters: unknown[]) => unknown

function noteAdditions (root: FastifyInstance, watch: Watch): void {
  for (const [name, kind] of Object.entries(additions)) {
    const method = Reflect.get(root, name) as Method
    Reflect.set(root, name, function noteAddition (this: FastifyInstance, ...parameters: unknown[]) {
      const result = method.apply(this, parameters)
      const named = [parameters[0]].flat()
        .filter((value) => typeof value === 'string' || value instanceof RegExp)
      for (const value of named.length > 0 ? named : ['']) {
        watch.additions.push({ instance: this, what: `${kind} ${String(value)}`.trimEnd() })
      }
      return result
    })
  }
}

function noteHandlers (root: FastifyInstance, watch: Watch): void {
  for (const name of ['setErrorHandler', 'setNotFoundHandler', 'setChildLoggerFactory'] as const) {
    const method = Reflect.get(root, name) as Method
    Reflect.set(root, name, function noteHandler (this: FastifyInstance, ...parameters: unknown[]) {
      // Fastify itself sets a not-found handler without a function.
      if (typeof parameters.at(-1) === 'function') watch.answering.push(this)
      return method.apply(this, parameters)
    })
  }
}

function noteFormatters (root: FastifyInstance, watch: Watch): void {
  const { setSchemaErrorFormatter } = root
  root.setSchemaErrorFormatter = function noteFormatter (this: FastifyInstance, format) {
    const result = setSchemaErrorFormatter.call(this, format)
    watch.formatters.set(this, format.bind(this))
    return result
  }
}

function watchLate (fastify: FastifyInstance): void {
  // Fastify has no API for the context around another one, but makes it the prototype of the inner one.
  const around: FastifyInstance[] = []
  for (
    let instance = fastify;
    'server' in instance;
    instance = Object.getPrototypeOf(instance) as FastifyInstance
  ) {
    around.unshift(instance)
  }
  const root = around[0]!
  // Fastify does not give the options of a route that was added before, so whether it has guards is unknown:
  // refuse it.
  const printed = root.printRoutes({ commonPrefix: false })
  if (printed !== '(empty tree)') {
    throw new LoadedTooLate(
      `route ${firstOf(printed)} was added before fastify-blocking saw the server, so its \`blocking\` ` +
      'and `dependencies` cannot be known'
    )
  }
  const watch = openWatch(root, true)
  // Contexts made later inherit the hooks of the one around them.
  for (const instance of around) noteRoutes(instance, watch)
}

function firstOf (printed: string): string {
  const [, path = printed, methods = ''] = /^\W*?(\S*) \(([A-Z][A-Z, -]*)\)/m.exec(printed) ?? []
  return `${methods.replaceAll(', ', ',')} ${path}`.trimStart()
}

type Noted = Watch['routes'][number]

function refuseFirst (watch: Watch, isRefused: (noted: Noted) => boolean): void {
  const noted = watch.routes.find(isRefused)
  if (noted !== undefined) refuse(watch, noted)
}

function refuse ({ registrations }: Watch, { instance, key }: Noted): never {
  if ('blocking' in instance) throw new RegisteredTooLate(key)
  throw new (registrations > 0 ? RegisteredElsewhere : NotRegistered)(key)
}

function isUnseen (watch: Watch, route: RouteOptions): boolean {
  return isMarked(route) && !watch.seen.has(route)
}

function isMarked ({ blocking, dependencies }: RouteOptions): boolean {
  return (blocking !== undefined && blocking !== false) || dependencies !== undefined
}

function isWithin (instance: FastifyInstance, outer: FastifyInstance): boolean {
  return instance === outer || Object.prototype.isPrototypeOf.call(outer, instance)
}
