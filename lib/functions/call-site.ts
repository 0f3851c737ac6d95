/** Where a function was called whose error comes from the other side; its stack is made when it is asked for. */
export interface CallSite {
  stack?: string
}

/** `above` is the innermost function that is left out. */
export function captureSite (above: (...args: never) => unknown): CallSite {
  const site: CallSite = {}
  Error.captureStackTrace(site, above)
  return site
}

/** Adds to the stack of an error, which ends on the other side, how it has come to be called there. */
export function addSite (error: unknown, site: CallSite, what: string): unknown {
  if (!(error instanceof Error)) return error
  const [, ...lines] = site.stack?.split('\n') ?? []
  const stack = [error.stack ?? `${error.name}: ${error.message}`, `    at ${what} (fastify-blocking)`, ...lines].join('\n')
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}
