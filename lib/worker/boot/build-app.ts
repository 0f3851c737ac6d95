import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyServerOptions } from 'fastify'
import { NoSuchExport, NothingToBuild, NotRegisteredInWorker } from '../../errors.js'
import type { WorkerData } from '../../wire/worker-data.js'
import { RawRequest } from '../visit/raw-request.js'
import { markAlone, findAssigned, type AssignedRegistration, publishJoin, whenAssigned } from '../side.js'
import type { WorkerLogs } from '../visit/log.js'
import { instances, prepareInstances } from './replica.js'

type Exports = Record<string, unknown>

/** Builds the app once more in this thread, up to `ready`. */
export async function buildApp (assignment: WorkerData, logs: WorkerLogs): Promise<AssignedRegistration> {
  publishJoin()
  const endWatch = prepareInstances(assignment.workerHooks, logs)
  const registration = await Promise.race([buildFromExports(assignment), whenScriptIsReady()])
  // Of a plugin's instance ready() is another function, which does not tell all errors.
  await rootOf(registration).ready()
  endWatch()
  return registration
}

/** A script that listens, or asks for `ready`, has added its routes by then; its import may well stay pending. */
async function whenScriptIsReady (): Promise<AssignedRegistration> {
  const registration = await whenAssigned()
  await instances.get(rootOf(registration))
  return registration
}

function rootOf (registration: AssignedRegistration): FastifyInstance {
  return [...instances.keys()].find(({ server }) => server === registration.fastify.server)!
}

async function buildFromExports (assignment: WorkerData): Promise<AssignedRegistration> {
  const { module, form, exportName, options, prefix, name } = assignment
  const exports = await load(module)
  if (form === 'factory') {
    const returned: unknown = await findFunction(exports, exportName, module)(options)
    await (returned as FastifyInstance | undefined)?.ready?.()
  } else if (form === 'plugin' || (instances.size === 0 && isPlugin(exports))) {
    await buildPlugin(findFunction(exports, exportName, module) as FastifyPluginAsync<Exports>, exports, assignment)
  } else {
    if (instances.size === 0 && !isScript(exports)) throw new NothingToBuild(module)
    const exported = [...instances.keys()].find((fastify) => unwrap(exports).includes(fastify))
    // A script that goes on after its import: it will listen when it is done.
    if (exported === undefined) return await new Promise<never>(() => {})
    await exported.ready()
  }
  const registration = findAssigned()
  if (registration === undefined) throw new NotRegisteredInWorker(module, name === undefined ? `under the prefix "${prefix}"` : `by the name "${name}"`)
  return registration
}

/** As import() does; but of a hook for require() alone, such as tsx/cjs or ts-node/register, import() knows nothing. */
async function load (module: string): Promise<Exports> {
  try {
    return await import(module)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const path = fileURLToPath(module)
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !message.includes(path)) throw error
    const exported = requireHooked(path, error)
    return { ...Object(exported), default: exported }
  }
}

/** Not every hook says which extensions are its own: without one, require() takes all of them for JavaScript. */
function requireHooked (path: string, unknownExtension: unknown): unknown {
  try {
    return createRequire(path)(path)
  } catch (error) {
    throw error instanceof SyntaxError ? unknownExtension : error
  }
}

/** Registers the plugin on an instance that routes as the main thread's does: the whole app at its root, or one plugin alone. */
async function buildPlugin (plugin: FastifyPluginAsync<Exports>, exports: Exports, { options, prefix, root, server }: WorkerData): Promise<void> {
  const fastify = Fastify({
    ...server,
    ...pick(exports, 'options') as FastifyServerOptions | undefined,
    rewriteUrl: rewriteAsLoop as NonNullable<FastifyServerOptions['rewriteUrl']>
  })
  if (root) {
    fastify.register(plugin, options)
    return await fastify.ready()
  }
  markAlone(fastify)
  // In a context of its own for the prefix: a plugin that does not want one would lose it. What its options say of it is the inner part.
  const { prefix: inner } = options
  const outer = typeof inner === 'string' && prefix.endsWith(inner) ? prefix.slice(0, prefix.length - inner.length) : prefix
  fastify.register(async (context) => { await context.register(plugin, options) }, { prefix: outer })
  await fastify.ready()
}

/** Whether nothing is exported: of a CommonJS module that is an empty object. */
function isScript (exports: Exports): boolean {
  const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return Object.values(exports).every(isEmpty)
}

function isPlugin (exports: Exports): boolean {
  return typeof pick(exports, 'default') === 'function'
}

function findFunction (exports: Exports, name: string, module: string): (...parameters: unknown[]) => unknown {
  const found = pick(exports, name)
  if (typeof found !== 'function') throw new NoSuchExport(module, name)
  return found as (...parameters: unknown[]) => unknown
}

/** An export by name. Those of a CommonJS module may stand below its default one only, which may be a function. */
function pick (exports: Exports, name: string): unknown {
  const { default: inner } = exports
  const isBelow = Object(inner) === inner && Object.hasOwn(inner as object, name)
  return isBelow && typeof exports[name] !== 'function' ? Reflect.get(inner as object, name) : exports[name]
}

function unwrap (exports: Exports): unknown[] {
  const { default: inner } = exports
  return [...Object.values(exports), ...Object.values(Object(inner))]
}

/** The main thread has rewritten the URL already; and where that did not lead to the route, what does needs no rewriting. */
function rewriteAsLoop (raw: RawRequest | { url: string }): string {
  return raw instanceof RawRequest && !raw.visit.isRerouted ? raw.visit.open.url : raw.url
}
