import type { FastifyReply } from 'fastify'
import { UnknownVersion } from '../errors.js'
import { isCloneable } from '../wire/cloneable.js'
import type { Cookies } from '../wire/request-state.js'
import { findSymbol } from './plugin-symbols.js'

/*
 * Cookies that have been set by @fastify/cookie and not been sent. They cross in both directions: those of
 * the loop with the request, those of the worker with its steps and its answer.
 */

export const cookieSymbol = 'fastify.reply.setCookies'

/** Returns the cookies that @fastify/cookie is going to send; its `onSend` hook empties this map. */
export function findCookies (reply: FastifyReply): Cookies | undefined {
  if (!('setCookie' in reply)) return undefined
  const symbol = findSymbol(reply, cookieSymbol)
  if (symbol !== undefined) return Reflect.get(reply, symbol) as Cookies | undefined
  // A `setCookie` of another plugin, or of the app, keeps no cookies there.
  if ('clearCookie' in reply && 'serializeCookie' in reply.server) {
    throw new UnknownVersion('@fastify/cookie', 'unknown', `Symbol(${cookieSymbol})`)
  }
  return undefined
}

/** Returns the cookies that the other side does not have; undefined for none. */
export function diffCookies (cookies: Cookies | undefined, known: Cookies | undefined): Cookies | undefined {
  if (cookies === undefined || cookies.size === 0) return undefined
  const changed = new Map([...cookies].filter(([key, cookie]) => known?.get(key) !== cookie))
  return changed.size > 0 && isCloneable(changed) ? changed : undefined
}

/** Sets cookies of the other side, for the plugin's `onSend` hook to send. */
export function setCookies (reply: FastifyReply, cookies: Cookies): void {
  const own = findCookies(reply)
  for (const [key, cookie] of cookies) own?.set(key, cookie)
}

/** Deletes cookies that the worker has written to the headers together with its own. */
export function deleteSentCookies (reply: FastifyReply, keys: readonly string[]): void {
  const own = findCookies(reply)
  for (const key of keys) own?.delete(key)
}
