import { fileURLToPath } from 'node:url'
import { UnknownVersion } from '../../errors.js'
import { findOwnFile } from '../../package-file.js'

/*
 * Plugins that keep per-request state which cannot cross, and fill or flush it in hooks: these hooks run in the
 * worker as well as on the loop. By package; each entry is proved by a test.
 */
const pluginHooks: Record<string, readonly string[]> = {
  // reply.setCookie() collects in a Map made in onRequest; onSend writes it to the headers.
  '@fastify/cookie': ['onRequest', 'onSend'],
  // requestContext's store is made in one of these, as its options say; what it held on the loop follows, see context/carriers.ts.
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
  return packageOf(callingFile())?.name
}

/** The package that a file is of, if it has been installed. */
export function packageOf (file: string | undefined): { name: string, folder: string } | undefined {
  const [folder, name] = file?.match(packagePath) ?? []
  return folder === undefined ? undefined : { folder, name: name!.replace('\\', '/') }
}

/**
 * The file that called a method that this package has replaced, by V8's structured stack: its text is whatever the app has made of it
 * (`Error.prepareStackTrace`), or shorter (`Error.stackTraceLimit`).
 */
export function callingFile (): string | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error
  const holder: { stack?: NodeJS.CallSite[] } = {}
  try {
    Error.stackTraceLimit = 10
    Error.prepareStackTrace = (_error, sites) => sites
    Error.captureStackTrace(holder, callingFile)
    const sites = holder.stack!.map((site) => site.getFileName() ?? '')
    // Frames: in this file, then the method that was replaced, and whoever called it.
    const outside = sites.findIndex((file) => !ownFiles.has(toPath(file)))
    const found = sites[outside]
    return found === undefined ? undefined : toPath(found)
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  }
}

function toPath (file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file
}

const ownFiles = new Set(['plugin-hooks.js', 'replica.js', 'known-plugins.js'].map((name) => findOwnFile(`worker/boot/${name}`)))

/** Whether the stack tells who calls. */
export function checkStack (): void {
  const told = (() => callingFile())()
  // Called from outside of the files above.
  if (told === undefined) throw new UnknownVersion('Node', process.version, 'stack of calls, by which hooks are told from those of other plugins')
}
