import type { FastifyReply, FastifyRequest } from 'fastify'
import { LoopOnly, UnknownVersion } from '../errors.js'
import type { Cookies, StoreCall } from '../wire/messages.js'

/*
 * What plugins keep on a request or a reply in instances of their own, which the worker needs and the loop's hooks need
 * back. They have no API for it: it is read from the properties of the instances, whose keys are symbols.
 */

/** What a session holds, and where in it. */
export interface SessionState {
  plugin: keyof typeof sessionPlugins
  /** Enumerable properties, by name. */
  properties: Record<string, unknown>
  /** By the symbols' descriptions. */
  symbols: Record<string, unknown>
}

type Done = (error?: Error | null) => void

interface SessionStore {
  set (id: string, session: unknown, done: Done): void
  destroy (id: string, done: Done): void
  get (id: string, done: Done): void
}

interface SessionPlugin {
  /** Of the symbols, those whose values are the session's own; the first is known by the last. */
  symbols: readonly string[]
  /** A new one on a request, without asking a store. */
  create (request: FastifyRequest): object
}

const storeKey = 'sessionStore'

const sessionPlugins = {
  '@fastify/session': {
    symbols: ['cookieOpts', 'sessionId', 'encryptedSessionId', 'saved', 'persistedHash'],
    create (request) {
      const { server } = request as FastifyRequest & { server: { decryptSession: (id: string, request: FastifyRequest, done: () => void) => void } }
      // Of an id that nobody has signed there is no session: it makes one.
      server.decryptSession('', request, () => {})
      const session = Reflect.get(request, 'session') as object
      Reflect.set(session, needSymbol(session, storeKey, '@fastify/session'), noteStoreCalls(request))
      return session
    }
  },
  '@fastify/secure-session': {
    symbols: ['object', 'cookie options'],
    create ({ server }) {
      return (server as typeof server & { createSecureSession: (data: object) => object }).createSecureSession({})
    }
  }
} satisfies Record<string, SessionPlugin>

const storeCalls = new WeakMap<FastifyRequest, StoreCall[]>()

/*
 * What is looked for, by description, and checked at boot: see worker/boot/known-plugins.ts.
 */
export const sessionSymbols: Readonly<Record<keyof typeof sessionPlugins, readonly string[]>> = {
  '@fastify/session': [...sessionPlugins['@fastify/session'].symbols, storeKey],
  '@fastify/secure-session': sessionPlugins['@fastify/secure-session'].symbols
}
export const cookieSymbol = 'fastify.reply.setCookies'
export const spanSymbols = ['fastify otel request context', 'fastify otel request spans'] as const
/** Of `@fastify/multipart`: files that its hook removes where they have been saved, see fastify-properties.ts. */
export const uploadsProperty = 'tmpUploads'

/** What save(), regenerate() and destroy() ask of a store is done on the loop before the answer leaves: its own hooks look there. */
function noteStoreCalls (request: FastifyRequest): SessionStore {
  const calls: StoreCall[] = []
  storeCalls.set(request, calls)
  return {
    set (id, _session, done) {
      calls.push(['set', id])
      done()
    },
    destroy (id, done) {
      calls.push(['destroy', id])
      done()
    },
    get () { throw new LoopOnly('request.session.reload()') }
  }
}

/** Of a request in a worker, since they were taken last; undefined for none. */
export function takeStoreCalls (request: FastifyRequest): StoreCall[] | undefined {
  const calls = storeCalls.get(request)
  return calls !== undefined && calls.length > 0 ? calls.splice(0) : undefined
}

/** Finds the store of a session on the loop; undefined if it has none. */
export function findStore (session: unknown): SessionStore | undefined {
  const symbol = typeof session === 'object' && session !== null ? findSymbol(session, storeKey) : undefined
  return symbol && Reflect.get(session as object, symbol) as SessionStore
}

/** One after the other, as they were called. Rejects with the first error. */
export async function callStore (store: SessionStore, calls: readonly StoreCall[], session: unknown): Promise<void> {
  for (const [name, id] of calls) {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => {
        if (error === undefined || error === null) resolve()
        else reject(error)
      }
      if (name === 'set') store.set(id, session, done)
      else store.destroy(id, done)
    })
  }
}

/** Undefined of what is no session. */
export function readSession (value: unknown): SessionState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = Object.getOwnPropertySymbols(value)
  if (found.length === 0) return undefined
  for (const plugin of Object.keys(sessionPlugins) as SessionState['plugin'][]) {
    const { symbols } = sessionPlugins[plugin]
    if (!found.some(({ description }) => description === symbols.at(-1))) continue
    for (const description of sessionSymbols[plugin]) needSymbol(value, description, plugin)
    const state: SessionState = { plugin, properties: readInner(value), symbols: {} }
    for (const symbol of found) {
      if ((symbols as readonly unknown[]).includes(symbol.description)) state.symbols[symbol.description!] = Reflect.get(value, symbol)
    }
    return state
  }
  return undefined
}

/** The cookie of a session is an instance of its own. */
function readInner (session: object): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  for (const name of Object.keys(session)) {
    const value: unknown = Reflect.get(session, name)
    properties[name] = name === 'cookie' ? { ...Object(value) } : value
  }
  return properties
}

export function writeSession (session: object, { properties, symbols }: SessionState): void {
  for (const symbol of Object.getOwnPropertySymbols(session)) {
    if (Object.hasOwn(symbols, symbol.description ?? '')) Reflect.set(session, symbol, symbols[symbol.description!])
  }
  for (const name of Object.keys(session)) if (!Object.hasOwn(properties, name)) Reflect.deleteProperty(session, name)
  for (const name in properties) {
    if (name === 'cookie') Object.assign(Reflect.get(session, name) as object, properties[name])
    else Reflect.set(session, name, properties[name])
  }
}

/** The worker's own, as it is on the loop. */
export function makeSession (request: FastifyRequest, state: SessionState): object {
  const session = sessionPlugins[state.plugin].create(request)
  writeSession(session, state)
  return session
}

/** Cookies that @fastify/cookie is going to send: its onSend hook empties them. */
export function findCookies (reply: FastifyReply): Cookies | undefined {
  if (!('setCookie' in reply)) return undefined
  const symbol = findSymbol(reply, cookieSymbol)
  if (symbol !== undefined) return Reflect.get(reply, symbol) as Cookies | undefined
  // Another plugin's, or the app's own, keeps nothing there.
  if ('clearCookie' in reply && 'serializeCookie' in reply.server) throw new UnknownVersion('@fastify/cookie', 'unknown', `Symbol(${cookieSymbol})`)
  return undefined
}

/** What request.opentelemetry() of @fastify/otel gives. */
export function setSpan (request: FastifyRequest, context: unknown, span: unknown): void {
  if (!('opentelemetry' in request)) return
  for (const [index, value] of [context, span].entries()) {
    const symbol = findSymbol(request, spanSymbols[index]!)
    if (symbol !== undefined) Reflect.set(request, symbol, value)
  }
}

function needSymbol (object: object, description: string, plugin: string): symbol {
  const symbol = findSymbol(object, description)
  if (symbol === undefined) throw new UnknownVersion(plugin, 'unknown', `Symbol(${description})`)
  return symbol
}

function findSymbol (object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
}
