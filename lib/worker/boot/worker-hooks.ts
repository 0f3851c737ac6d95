import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UnknownVersion } from '../../errors.js'
import { findOwnFile } from '../../package-file.js'
import { readCallers } from './call-sites.js'

/*
 * Hooks that run in the worker as well as on the loop, by package: the plugin keeps per-request state that
 * cannot cross, and fills or flushes it in these hooks. A test proves each entry.
 */
const pluginHooks: Record<string, readonly string[]> = {
  // reply.setCookie() collects cookies in a Map that onRequest makes; onSend writes them to the headers.
  '@fastify/cookie': ['onRequest', 'onSend'],
  // One of these hooks, as the options say, makes the store of requestContext. Its values on the loop are
  // carried to the worker's store, see context/carriers.ts.
  '@fastify/request-context': ['onRequest', 'preValidation', 'preHandler'],
  // request.diScope is made in onRequest and disposed of in onResponse.
  '@fastify/awilix': ['onRequest', 'onResponse'],
  // saveRequestFiles() writes files that onResponse removes. Where the worker parses the body, preValidation
  // reads the body into fields.
  '@fastify/multipart': ['preValidation', 'onResponse'],
  // onRequest makes the functions reply.compress() and reply.helmet() for each reply.
  '@fastify/compress': ['onRequest'],
  '@fastify/helmet': ['onRequest'],
  // preHandler passes reply.serializer() a function that it picks by what the client accepts.
  '@fastify/accepts-serializer': ['preHandler']
}

const packagePath = /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/

/** Whether a hook that the package `owner` adds runs in the worker too. */
export function runsInWorker (
  hook: { name: string }, name: string, owner: string | undefined, workerHooks: readonly string[]
): boolean {
  if (workerHooks.includes(hook.name)) return true
  if (owner === undefined) return false
  return workerHooks.includes(owner) || (pluginHooks[owner]?.includes(name) ?? false)
}

/**
 * Returns the package whose file called addHook(): the hook belongs to it. `pluginName` does not tell the
 * package, since Fastify accumulates the names of several plugins there.
 */
export function callingPackage (): string | undefined {
  return packageOf(callingFile())?.name
}

/** Returns the package that a file belongs to; undefined if the file is not below node_modules. */
export function packageOf (file: string | undefined): { name: string, folder: string } | undefined {
  const [folder, name] = file?.match(packagePath) ?? []
  return folder === undefined ? undefined : { folder, name: name!.replace('\\', '/') }
}

/** Returns the file that called a method which this package has replaced. */
export function callingFile (): string | undefined {
  // This file, then the method that replaces Fastify's, then its caller.
  const found = readCallers(callingFile, 10).find((file) => dirname(toPath(file)) !== ownFolder)
  return found === undefined ? undefined : toPath(found)
}

function toPath (file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file
}

/** The folder of the methods that replace those of Fastify. */
const ownFolder = dirname(findOwnFile('worker/boot/worker-hooks.js'))

/** Throws FST_BLOCKING_UNKNOWN_VERSION if the call sites do not tell the calling file. */
export function checkStack (): void {
  const told = (() => callingFile())()
  // The app's instance, or worker/entry.ts, calls from outside of this folder: a file has to be found.
  if (told === undefined) {
    throw new UnknownVersion(
      'Node', process.version, 'stack of calls, by which hooks are told from those of other plugins'
    )
  }
}
