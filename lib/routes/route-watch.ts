import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import { LoadedTooLate, NotRegistered, RegisteredElsewhere, RegisteredTooLate } from '../errors.js'
import { keyOf } from './route-marks.js'
import type { Dispatch } from '../options/settings.js'
import { isWorker } from '../wire/worker-data.js'

/*
 * A route that no registration sees would stay on the loop, and without its guards, unnoticed. So each server is watched
 * from the moment at which it is made, whether this package will be registered on it or not.
 */

/** Of one server; all copies of this package in the process have the same one, and so its shape is theirs too. */
interface Watch {
  readonly routes: { instance: FastifyInstance, route: RouteOptions, key: string }[]
  /** Options of routes that a registration has looked at. */
  readonly seen: WeakSet<RouteOptions>
  /** Handlers as they were written, before another plugin's `onRoute` hook could wrap them. */
  readonly handlers: WeakMap<RouteOptions, RouteHandlerMethod>
  /** What contexts were given that Fastify does not list. */
  readonly additions: { instance: FastifyInstance, what: string }[]
  /** How many there are on this server. */
  registrations: number
  /** The server was made before this package was loaded: what other hooks have done before these is not known. */
  readonly isLate: boolean
}

// Of the registry, and on the server, whose contexts inherit it: another copy of this package finds it there, and so does one of another realm, as Jest makes them.
const key = Symbol.for('fastify-blocking.routes')

if (!isWorker) subscribe('fastify.initialization', (message) => watchRoutes((message as { fastify: FastifyInstance }).fastify))

/** Of a server that has no routes and no hooks yet. */
export function watchRoutes (fastify: FastifyInstance): void {
  if (findWatch(fastify) !== undefined) return
  const watch = openWatch(fastify, false)
  noteRoutes(fastify, watch)
  if (isWorker) return // what is wrong has been refused on the main thread
  fastify.addHook('onReady', async function refuseWithoutRegistration () {
    // Where there is one it refuses them itself, since it has threads to end.
    if (watch.registrations === 0) refuseFirst(watch, ({ route }) => isMarked(route))
  })
}

/**
 * At a registration. A server that was made before this package was loaded is watched from here on: its contexts that exist
 * are those around the registration and those that have loaded already, which get no more routes.
 */
export function joinWatch (fastify: FastifyInstance, dispatch: Dispatch): void {
  if (findWatch(fastify) === undefined) watchLate(fastify)
  if (findWatch(fastify)!.isLate && dispatch === 'signature') {
    throw new LoadedTooLate('whether a handler was written as an async function, which dispatch: \'signature\' goes by, cannot be known, since another plugin may have wrapped it')
  }
  const route = findWatch(fastify)!.routes.find((noted) => isWithin(noted.instance, fastify) && isUnseen(findWatch(fastify)!, noted.route))
  if (route !== undefined) throw new RegisteredTooLate(route.key)
}

/** Once it will look at routes: one that has failed before is none. */
export function countRegistration (fastify: FastifyInstance): void {
  findWatch(fastify)!.registrations++
}

/** A registration has looked at it. */
export function noteSeen (fastify: FastifyInstance, route: RouteOptions): void {
  findWatch(fastify)!.seen.add(route)
}

/** Once all plugins have loaded. `isGuarded` tells whether a context gives its routes dependencies. */
export function refuseUnseenRoutes (fastify: FastifyInstance, isGuarded: (instance: FastifyInstance) => boolean): void {
  const watch = findWatch(fastify)!
  refuseFirst(watch, ({ instance, route }) => isUnseen(watch, route) || (!watch.seen.has(route) && isGuarded(instance)))
}

/** Undefined if it cannot be known. */
export function findWrittenHandler (fastify: FastifyInstance, route: RouteOptions): RouteHandlerMethod | undefined {
  const watch = findWatch(fastify)
  return watch === undefined || watch.isLate ? undefined : watch.handlers.get(route)
}

/** What the context and those around it were given of what Fastify does not list. */
export function readAdditions (fastify: FastifyInstance): string[] {
  return findWatch(fastify)!.additions.filter(({ instance }) => isWithin(fastify, instance)).map(({ what }) => what)
}

function findWatch (fastify: FastifyInstance & { [key]?: Watch }): Watch | undefined {
  return fastify[key]
}

function openWatch (root: FastifyInstance, isLate: boolean): Watch {
  const watch: Watch = { routes: [], seen: new WeakSet(), handlers: new WeakMap(), additions: [], registrations: 0, isLate }
  Object.defineProperty(root, key, { value: watch })
  noteAdditions(root, watch)
  return watch
}

function noteRoutes (instance: FastifyInstance, watch: Watch): void {
  instance.addHook('onRoute', function noteRoute (route) {
    const { handler } = route
    const noted = { instance: this, route, key: keyOf(route) }
    watch.routes.push(noted)
    watch.handlers.set(route, handler)
    if (isWorker || !isMarked(route) || 'blocking' in this) return
    // The boot will be refused, unless another hook takes the mark away; Fastify can be asked all the same.
    route.handler = function handleUnmarked (request, reply) {
      if (isUnseen(watch, route)) refuse(watch, noted)
      return handler.call(this, request, reply)
    }
  })
}

/** By method what it adds to a context. Fastify tells of none of these which there are. */
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
      const named = [parameters[0]].flat().filter((value) => typeof value === 'string' || value instanceof RegExp)
      for (const value of named.length > 0 ? named : ['']) watch.additions.push({ instance: this, what: `${kind} ${String(value)}`.trimEnd() })
      return result
    })
  }
}

function watchLate (fastify: FastifyInstance): void {
  // A context has the one around it as its prototype. Fastify has no API that tells which that is.
  const around: FastifyInstance[] = []
  for (let instance = fastify; 'server' in instance; instance = Object.getPrototypeOf(instance) as FastifyInstance) around.unshift(instance)
  const root = around[0]!
  // Of a route that has been added Fastify gives no options, and so nobody can tell whether it has guards.
  const printed = root.printRoutes({ commonPrefix: false })
  if (printed !== '(empty tree)') throw new LoadedTooLate(`route ${firstOf(printed)} was added before fastify-blocking saw the server, so its \`blocking\` and \`dependencies\` cannot be known`)
  const watch = openWatch(root, true)
  // Contexts that will be made get the hooks of the one around them.
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
