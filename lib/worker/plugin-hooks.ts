/*
 * Plugins that keep per-request state which cannot cross, and fill or flush it in hooks: these hooks run in the
 * worker as well as on the loop. By package; each entry is proved by a test.
 */
const pluginHooks: Record<string, readonly string[]> = {
  // reply.setCookie() collects in a Map made in onRequest; onSend writes it to the headers.
  '@fastify/cookie': ['onRequest', 'onSend'],
  // requestContext's store is made in one of these, as its options say; what it held on the loop follows, see context.ts.
  '@fastify/request-context': ['onRequest', 'preValidation', 'preHandler'],
  // request.diScope is made in onRequest and disposed of in onResponse.
  '@fastify/awilix': ['onRequest', 'onResponse'],
  // saveRequestFiles() writes files that onResponse removes; preValidation reads the body, where that is the worker's, into fields.
  '@fastify/multipart': ['preValidation', 'onResponse'],
  // reply.compress() and reply.helmet() are functions made in onRequest, for each reply.
  '@fastify/compress': ['onRequest'],
  '@fastify/helmet': ['onRequest'],
  // reply.serializer() is given a function that preHandler finds by what the client accepts.
  '@fastify/accepts-serializer': ['preHandler']
}

const packagePath = /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/

/** Whether a hook that is being added by a package runs in the worker too. */
export function runsInWorker (hook: { name: string }, name: string, owner: string | undefined, workerHooks: readonly string[]): boolean {
  if (workerHooks.includes(hook.name)) return true
  if (owner === undefined) return false
  return workerHooks.includes(owner) || (pluginHooks[owner]?.includes(name) ?? false)
}

/** The package whose file called addHook; it tells whose a hook is, as `pluginName` accumulates. */
export function callingPackage (): string | undefined {
  // Frames: the message, this function, addReplicaHook, the caller.
  const caller = new Error().stack?.split('\n')[3]
  return caller?.match(packagePath)?.[1]?.replace('\\', '/')
}
