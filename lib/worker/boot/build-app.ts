import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyServerOptions } from 'fastify'
import { GuardedApp, NoSuchExport, NothingToBuild, NotRegisteredInWorker } from '../../errors.js'
import { findStartGuard } from '../../start-guard.js'
import type { WorkerData } from '../../wire/worker-data.js'
import type { WorkerLogs } from '../visit/log.js'
import { RawRequest } from '../visit/raw-request.js'
import { type AssignedRegistration, findAssigned, markAlone, whenAssigned } from './assigned.js'
import { learnReads } from './compiler-reads.js'
import { refuseForks } from './forks.js'
import { type Exports, load } from './load-module.js'
import type { PendingWork } from './pending-work.js'
import { instances, prepareInstances } from './replica.js'

/** Builds a second copy of the app in this thread, up to `ready`. */
export async function buildApp (
  workerData: WorkerData, logs: WorkerLogs, pending: PendingWork
): Promise<AssignedRegistration> {
  await learnReads()
  const endWatch = prepareInstances(workerData.workerHooks, logs)
  const allowForks = refuseForks(workerData)
  const registration = await Promise.race([buildFromExports(workerData, pending), whenScriptIsReady()])
  pending.endWatch()
  // ready() of an encapsulated instance is another function, which does not report every error: call the
  // root's.
  await rootOf(registration).ready()
  allowForks()
  endWatch()
  return registration
}

/**
 * Resolves once a script has called listen() or ready(): by then it has added its routes. The import of the
 * script may stay pending for ever, since listen() of a replica never resolves.
 */
async function whenScriptIsReady (): Promise<AssignedRegistration> {
  const registration = await whenAssigned()
  await instances.get(rootOf(registration))
  return registration
}

function rootOf (registration: AssignedRegistration): FastifyInstance {
  return [...instances.keys()].find(({ server }) => server === registration.fastify.server)!
}

async function buildFromExports (
  workerData: WorkerData, pending: PendingWork
): Promise<AssignedRegistration> {
  const { module, form, exportName, options, prefix, name } = workerData
  const exports = await load(workerData)
  if (form === 'factory') {
    const returned: unknown = await findFunction(exports, exportName, module)(options)
    await (returned as FastifyInstance | undefined)?.ready?.()
  } else if (form === 'plugin' || (instances.size === 0 && isPlugin(exports))) {
    await buildPlugin(
      findFunction(exports, exportName, module) as FastifyPluginAsync<Exports>, exports, workerData
    )
  } else {
    if (instances.size === 0 && !isScript(exports)) throw explainMissing(new NothingToBuild(module), module)
    const exported = [...instances.keys()].find((fastify) => unwrap(exports).includes(fastify))
    if (exported === undefined) await buildScript(module, pending)
    else await exported.ready()
  }
  const registration = findAssigned()
  if (registration === undefined) {
    const error = new NotRegisteredInWorker(
      module, name === undefined ? `under the prefix "${prefix}"` : `by the name "${name}"`
    )
    throw form === 'auto' ? explainMissing(error, module) : error
  }
  return registration
}

/**
 * A script goes on after its import, and calls listen() later: whenScriptIsReady() resolves instead. Once
 * nothing is pending the script has ended: it has made its app and left listen() to the main thread, or
 * nothing will come any more.
 */
async function buildScript (module: string, pending: PendingWork): Promise<void> {
  await pending.whenOver()
  if (instances.size === 0) throw explainMissing(new NothingToBuild(module), module)
  for (const fastify of [...instances.keys()]) await fastify.ready()
}

/** Returns an error that names the condition by which the module has left its app out, if it has one. */
function explainMissing (error: Error, module: string): Error {
  const guard = findStartGuard(module)
  return guard === undefined ? error : new GuardedApp(module, guard.line, guard.condition, guard.holds)
}

/**
 * Registers the plugin on an instance that routes as the main thread's does: the whole app at its root, or
 * one plugin alone.
 */
async function buildPlugin (
  plugin: FastifyPluginAsync<Exports>,
  exports: Exports,
  { options, prefix, root, server }: WorkerData
): Promise<void> {
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
  // The prefix belongs to an outer context: a plugin without a context of its own (fastify-plugin) would lose
  // it. A prefix in the plugin's options is the inner part of the whole prefix, and only the rest goes to the
  // outer one.
  const { prefix: inner } = options
  const outer = typeof inner === 'string' && prefix.endsWith(inner)
    ? prefix.slice(0, prefix.length - inner.length)
    : prefix
  fastify.register(async (context) => { await context.register(plugin, options) }, { prefix: outer })
  await fastify.ready()
}

/** Whether the module exports nothing. The exports of a CommonJS module are then an empty object. */
function isScript (exports: Exports): boolean {
  const isEmpty = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return Object.values(exports).every(isEmpty)
}

function isPlugin (exports: Exports): boolean {
  return typeof pick(exports, 'default') === 'function'
}

function findFunction (
  exports: Exports, name: string, module: string
): (...parameters: unknown[]) => unknown {
  const found = pick(exports, name)
  if (typeof found !== 'function') throw new NoSuchExport(module, name)
  return found as (...parameters: unknown[]) => unknown
}

/**
 * Returns an export by name. The exports of a CommonJS module may be properties of its default export alone,
 * which may be a function.
 */
function pick (exports: Exports, name: string): unknown {
  const { default: inner } = exports
  const isBelow = Object(inner) === inner && Object.hasOwn(inner as object, name)
  return isBelow && typeof exports[name] !== 'function' ? Reflect.get(inner as object, name) : exports[name]
}

function unwrap (exports: Exports): unknown[] {
  const { default: inner } = exports
  return [...Object.values(exports), ...Object.values(Object(inner))]
}

/**
 * Returns the URL as the main thread has rewritten it. A rerouted visit keeps its URL, which leads to the
 * route already, see destination.ts.
 */
function rewriteAsLoop (raw: RawRequest | { url: string }): string {
  return raw instanceof RawRequest && !raw.visit.isRerouted ? raw.visit.open.url : raw.url
}
