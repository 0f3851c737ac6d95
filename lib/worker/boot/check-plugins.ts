import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { UnknownVersion } from '../../errors.js'
import { cookieSymbol } from '../../request/cookies.js'
import { uploadsProperty } from '../../request/plugin-symbols.js'
import { sessionSymbols } from '../../request/sessions.js'
import { spanSymbols } from '../../request/spans.js'
import { callingFile, packageOf } from './worker-hooks.js'

/*
 * Plugins have no API for the state that crosses: request/sessions.ts, cookies.ts and spans.ts read it from
 * their symbols and properties. A plugin of another version may keep its state elsewhere, and the state would
 * be lost silently. So the boot checks the symbols once the plugins have decorated the app, and fails if one
 * is missing.
 */

type Decorators = Map<PropertyKey, { value: unknown, file: string | undefined }>

interface Decorated {
  instance: Decorators
  request: Decorators
  reply: Decorators
}

/** Keyed by server. */
const decorated = new WeakMap<object, Decorated>()

/**
 * Records every decorator that a plugin of this server adds. Must be called before the first plugin is
 * registered.
 */
export function watchDecorators (fastify: FastifyInstance): void {
  const noted: Decorated = { instance: new Map(), request: new Map(), reply: new Map() }
  decorated.set(fastify.server, noted)
  for (const [method, names] of [
    ['decorate', noted.instance], ['decorateRequest', noted.request], ['decorateReply', noted.reply]
  ] as const) {
    const own = fastify[method] as (this: unknown, ...parameters: unknown[]) => unknown
    Reflect.set(fastify, method, function noteDecorator (this: unknown, ...parameters: unknown[]) {
      names.set(parameters[0] as PropertyKey, {
        value: parameters[1], file: isKnown(parameters[0]) ? callingFile() : undefined
      })
      return own.apply(this, parameters)
    })
  }
}

/** Decorators that identify a package. The file that adds the first one is a file of that package. */
const marks = {
  '@fastify/cookie': { reply: ['setCookie'], instance: ['serializeCookie', 'parseCookie'] },
  '@fastify/session': { instance: ['decryptSession'], request: ['sessionStore'] },
  '@fastify/secure-session': { instance: ['createSecureSession', 'decodeSecureSession'] },
  '@fastify/otel': { request: ['opentelemetry'] },
  '@fastify/multipart': { request: ['saveRequestFiles', 'cleanRequestFiles'] }
} satisfies Record<string, Partial<Record<keyof Decorated, string[]>>>

const known = new Set<unknown>(Object.values(marks).flatMap((of) => Object.values(of).flat()))

function isKnown (name: unknown): boolean {
  return known.has(name)
}

/** Call once the app has been built. Throws FST_BLOCKING_UNKNOWN_VERSION. */
export function checkPlugins ({ server }: FastifyInstance): void {
  const noted = decorated.get(server)
  if (noted === undefined) return
  for (const [name, mark] of Object.entries(marks) as
    [keyof typeof marks, Partial<Record<keyof Decorated, string[]>>][]) {
    const all = Object.entries(mark)
      .flatMap(([where, names]) => names.map((name) => noted[where as keyof Decorated].get(name)))
    if (all.includes(undefined)) continue
    const file = all[0]!.file
    // The app itself may have a decorator of this name.
    if (name === '@fastify/otel' && packageOf(file)?.name !== name) continue
    const missing = findMissing(name, noted)
    if (missing.length > 0) throw new UnknownVersion(name, versionOf(file, name), missing.join(', '))
  }
}

function findMissing (name: keyof typeof marks, { instance, request, reply }: Decorated): string[] {
  switch (name) {
    case '@fastify/cookie': return lacking(symbolsOf(reply), [cookieSymbol])
    case '@fastify/otel': return lacking(symbolsOf(request), spanSymbols)
    case '@fastify/multipart': return request.has(uploadsProperty) ? [] : [`property ${uploadsProperty}`]
    case '@fastify/session':
      return lackingOf(makeSession(instance.get('decryptSession')!.value), sessionSymbols[name])
    case '@fastify/secure-session':
      return lackingOf(Reflect.apply(
        instance.get('createSecureSession')!.value as (data: object) => unknown, undefined, [{}]
      ), sessionSymbols[name])
  }
}

/**
 * Returns undefined if no session can be made without a real request, which an `idGenerator` may read. The
 * symbols are then checked with the session of the first request.
 */
function makeSession (decryptSession: unknown): unknown {
  const request: { session?: unknown } = {}
  try {
    Reflect.apply(decryptSession as (...parameters: unknown[]) => void, undefined, ['', request, () => {}])
  } catch {
    return undefined
  }
  return request.session
}

function symbolsOf (decorators: Decorators): PropertyKey[] {
  return [...decorators.keys()].filter((key) => typeof key === 'symbol')
}

function lackingOf (session: unknown, descriptions: readonly string[]): string[] {
  return typeof session === 'object' && session !== null
    ? lacking(Object.getOwnPropertySymbols(session), descriptions)
    : []
}

function lacking (symbols: readonly PropertyKey[], descriptions: readonly string[]): string[] {
  const found = new Set(symbols.map((symbol) => (symbol as symbol).description))
  return descriptions
    .filter((description) => !found.has(description))
    .map((description) => `Symbol(${description})`)
}

function versionOf (file: string | undefined, name: string): string {
  const found = packageOf(file)
  if (found?.name !== name) return 'unknown'
  try {
    const { version } = JSON.parse(
      readFileSync(join(found.folder, 'package.json'), 'utf8')
    ) as { version: string }
    return version
  } catch {
    return 'unknown'
  }
}
