/**
 * Stack of the caller of a function on the other side, for errors. V8 formats `stack` when it is first read.
 */
export interface CallSite {
  stack?: string
}

/**
 * Captures the caller's stack. The frame of `above`, and those of functions that it has called, are left out.
 */
export function captureSite (above: (...args: never) => unknown): CallSite {
  const site: CallSite = {}
  Error.captureStackTrace(site, above)
  return site
}

/**
 * Appends the caller's stack to the stack of an error from the other side, which ends where that side began
 * to run the function. `what` names the function: "offload render".
 */
export function addSite (error: unknown, site: CallSite, what: string): unknown {
  if (!(error instanceof Error)) return error
  const [, ...lines] = site.stack?.split('\n') ?? []
  const stack = [
    error.stack ?? `${error.name}: ${error.message}`, `    at ${what} (fastify-blocking)`, ...lines
  ].join('\n')
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}
