import type { FastifyRequest } from 'fastify'
import { LoopOnly } from '../errors.js'
import type { StoreCall } from '../wire/request-state.js'
import { findSymbol, needSymbol } from './plugin-symbols.js'

/*
 * Sessions of @fastify/session and @fastify/secure-session. Each side has an instance of its own, and its
 * content crosses.
 */

/** The content of a session, as data. */
export interface SessionState {
  plugin: keyof typeof sessionPlugins
  /** Enumerable properties, by name. */
  properties: Record<string, unknown>
  /** Symbol properties, by the description of the symbol. */
  symbols: Record<string, unknown>
}

type Done = (error?: Error | null) => void

interface SessionStore {
  set (id: string, session: unknown, done: Done): void
  destroy (id: string, done: Done): void
  get (id: string, done: Done): void
}

interface SessionPlugin {
  /** Descriptions of the symbols whose values cross. The last one tells that a session is of this plugin. */
  symbols: readonly string[]
  /** Creates a session on a request, without asking a store. */
  create (request: FastifyRequest): object
}

const storeKey = 'sessionStore'

const sessionPlugins = {
  '@fastify/session': {
    symbols: ['cookieOpts', 'sessionId', 'encryptedSessionId', 'saved', 'persistedHash'],
    create (request) {
      const { server } = request as FastifyRequest & {
        server: { decryptSession: (id: string, request: FastifyRequest, done: () => void) => void }
      }
      // An unsigned id has no session, so the plugin creates one.
      server.decryptSession('', request, () => {})
      const session = Reflect.get(request, 'session') as object
      Reflect.set(session, needSymbol(session, storeKey, '@fastify/session'), noteStoreCalls(request))
      return session
    }
  },
  '@fastify/secure-session': {
    symbols: ['object', 'cookie options'],
    create ({ server }) {
      return (server as typeof server & { createSecureSession: (data: object) => object })
        .createSecureSession({})
    }
  }
} satisfies Record<string, SessionPlugin>

const storeCalls = new WeakMap<FastifyRequest, StoreCall[]>()

/** Descriptions of the symbols that are read, by plugin. */
export const sessionSymbols: Readonly<Record<keyof typeof sessionPlugins, readonly string[]>> = {
  '@fastify/session': [...sessionPlugins['@fastify/session'].symbols, storeKey],
  '@fastify/secure-session': sessionPlugins['@fastify/secure-session'].symbols
}

/**
 * Returns a store that records the calls of save(), regenerate() and destroy(). The loop makes these calls
 * before the answer leaves, since the plugin's own hooks look into the store there.
 */
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

/** Returns the store calls of a request in a worker since the last take; undefined for none. */
export function takeStoreCalls (request: FastifyRequest): StoreCall[] | undefined {
  const calls = storeCalls.get(request)
  return calls !== undefined && calls.length > 0 ? calls.splice(0) : undefined
}

/** Returns the store of a session on the loop; undefined if the session has none. */
export function findStore (session: unknown): SessionStore | undefined {
  const symbol = typeof session === 'object' && session !== null ? findSymbol(session, storeKey) : undefined
  return symbol && Reflect.get(session as object, symbol) as SessionStore
}

/** Makes store calls one after the other, in their order. Rejects with the first error. */
export async function callStore (
  store: SessionStore, calls: readonly StoreCall[], session: unknown
): Promise<void> {
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

/**
 * Reads a session; undefined for any other value. Throws FST_BLOCKING_UNKNOWN_VERSION if a symbol is missing.
 */
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
      if ((symbols as readonly unknown[]).includes(symbol.description)) {
        state.symbols[symbol.description!] = Reflect.get(value, symbol)
      }
    }
    return state
  }
  return undefined
}

/** The cookie of a session is an instance of a class, so its properties are copied to a plain object. */
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
    if (Object.hasOwn(symbols, symbol.description ?? '')) {
      Reflect.set(session, symbol, symbols[symbol.description!])
    }
  }
  for (const name of Object.keys(session)) {
    if (!Object.hasOwn(properties, name)) Reflect.deleteProperty(session, name)
  }
  for (const name in properties) {
    if (name === 'cookie') Object.assign(Reflect.get(session, name) as object, properties[name])
    else Reflect.set(session, name, properties[name])
  }
}

/** Creates a session of this side, with the content of the other side's. */
export function makeSession (request: FastifyRequest, state: SessionState): object {
  const session = sessionPlugins[state.plugin].create(request)
  writeSession(session, state)
  return session
}
