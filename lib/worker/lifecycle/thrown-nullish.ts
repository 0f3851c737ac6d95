import type { RouteOptions } from 'fastify'
import { isRefusal } from '../../request-errors.js'
import { visitOf } from '../visit/raw-request.js'
import { expectLastResort } from './capture-answer.js'

/*
 * A handler may throw null or undefined, which is an error like any other. The handler of a visit is called
 * from a hook, where done(null) and done(undefined) mean success. So a nullish value is wrapped in
 * ThrownNullish, and unwrapped for onError hooks and error handlers.
 */

export class ThrownNullish extends Error {
  constructor (readonly thrown: unknown) {
    super(String(thrown))
  }
}

type Hook = (this: unknown, ...parameters: unknown[]) => unknown

const unwrapped = new WeakSet<Hook>()

/** Wraps an `onError` hook so that it gets the thrown value. */
export function unwrapInOnError (hook: Hook): Hook {
  if (unwrapped.has(hook)) return hook
  const tell: Hook = function (request, reply, error, ...others) {
    return hook.call(this, request, reply, error instanceof ThrownNullish ? error.thrown : error, ...others)
  }
  // Hooks are printed, and compared between the sides, by name: the wrapper keeps the name of the hook.
  Object.defineProperty(tell, 'name', { value: hook.name })
  unwrapped.add(tell)
  return tell
}

/** Wraps the error handler of a blocking route so that it gets the thrown value. */
export function unwrapInErrorHandler (route: RouteOptions): void {
  const { errorHandler: own } = route
  const tell: ErrorHandler = function tellThenHandle (error, request, reply): unknown {
    const visit = visitOf(request)
    if (visit !== undefined) expectLastResort(visit, reply)
    if (visit !== undefined && isRefusal(error)) visit.lifecycle.refusal ??= error.message
    const thrown: unknown = error instanceof ThrownNullish ? error.thrown : error
    if (own !== undefined) return own.call(this, thrown as typeof error, request, reply)
    // Fastify calls the context's error handler with a thrown value only if it is an Error, but with any
    // rejection.
    if (thrown instanceof Error) throw thrown
    return Promise.reject(thrown)
  }
  replaced.set(tell, own)
  route.errorHandler = tell
}

type ErrorHandler = NonNullable<RouteOptions['errorHandler']>

/** The error handlers that unwrapInErrorHandler() has replaced, by what has replaced them. */
const replaced = new WeakMap<ErrorHandler, ErrorHandler | undefined>()

/** To be called for a route whose options may be a copy of those of a blocking route. */
export function restoreErrorHandler (route: RouteOptions): void {
  const { errorHandler } = route
  if (errorHandler === undefined || !replaced.has(errorHandler)) return
  const own = replaced.get(errorHandler)
  if (own === undefined) delete route.errorHandler
  else route.errorHandler = own
}
