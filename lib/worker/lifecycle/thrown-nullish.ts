import type { RouteOptions } from 'fastify'
import { expectLastResort } from './capture-answer.js'
import { visitOf } from '../visit/raw-request.js'

/*
 * A handler may throw null, or undefined, which is an error like any other. But the handler of a visit is called from a hook, and hooks tell by these that
 * there is none. So something goes in its place, up to where the error is told.
 */

export class ThrownNullish extends Error {
  constructor (readonly thrown: unknown) {
    super(String(thrown))
  }
}

type Hook = (this: unknown, ...parameters: unknown[]) => unknown

const unwrapped = new WeakSet<Hook>()

/** Of an `onError` hook. */
export function unwrapInOnError (hook: Hook): Hook {
  if (unwrapped.has(hook)) return hook
  const tell: Hook = function (request, reply, error, ...others) {
    return hook.call(this, request, reply, error instanceof ThrownNullish ? error.thrown : error, ...others)
  }
  // It is printed, and compared, as the hook itself.
  Object.defineProperty(tell, 'name', { value: hook.name })
  unwrapped.add(tell)
  return tell
}

/** Puts itself before the error handler of a blocking route. */
export function unwrapInErrorHandler (route: RouteOptions): void {
  const { errorHandler: own } = route
  route.errorHandler = function tellThenHandle (error, request, reply): unknown {
    const visit = visitOf(request)
    if (visit !== undefined) expectLastResort(visit, reply)
    const thrown: unknown = error instanceof ThrownNullish ? error.thrown : error
    if (own !== undefined) return own.call(this, thrown as typeof error, request, reply)
    // What is thrown goes to the error handler of the context only if it is an Error.
    if (thrown instanceof Error) throw thrown
    return Promise.reject(thrown)
  }
}
