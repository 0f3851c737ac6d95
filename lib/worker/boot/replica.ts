import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { watchRoutes } from '../../routes/route-watch.js'
import { decorateVisits } from '../lifecycle/decorate.js'
import { restoreRequest } from '../lifecycle/restore.js'
import type { WorkerLogs } from '../visit/log.js'
import { RawRequest } from '../visit/raw-request.js'
import { watchDecorators } from './check-plugins.js'
import { watchCompilers } from './deferred-schemas.js'
import { checkStack } from './worker-hooks.js'
import { forwardLogs } from './request-logs.js'
import { arrangeRoute, skipHooksOnVisits } from './route-hooks.js'
import { releaseServer, replaceServer } from './server.js'

/*
 * Makes a replica of every Fastify instance that is created in the worker, before the instance has a hook or
 * a route. A replica binds no port, and for a visit it skips the hooks that have run on the loop.
 */

/**
 * Instances created while the app is built, each with a promise that ready() or listen() of the instance
 * resolves.
 */
export const instances = new Map<FastifyInstance, Promise<void>>()

/**
 * `workerHooks` names packages, or functions, whose request hooks run in the worker too. Returns a function
 * that ends the watch.
 */
export function prepareInstances (workerHooks: string[], logs: WorkerLogs): () => void {
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    instances.set(fastify, new Promise((resolve) => prepare(fastify, workerHooks, logs, resolve)))
  }
  checkStack()
  subscribe('fastify.initialization', watch)
  return () => {
    unsubscribe('fastify.initialization', watch)
    instances.clear()
  }
}

/** Fastify's own close() of an instance, by server. */
const closers = new WeakMap<object, () => Promise<void>>()

export async function closeReplica (fastify: FastifyInstance): Promise<void> {
  releaseServer(fastify)
  await closers.get(fastify.server)?.()
}

function prepare (
  fastify: FastifyInstance, workerHooks: string[], logs: WorkerLogs, wantReady: () => void
): void {
  watchRoutes(fastify)
  const { addHook } = fastify
  skipHooksOnVisits(fastify, workerHooks)
  // Fastify's types lack genReqId, and the overloads of ready() cannot be passed on.
  const { setGenReqId, genReqId, ready } = fastify as FastifyInstance & {
    genReqId: GenReqId, ready: (...parameters: unknown[]) => unknown
  }

  watchDecorators(fastify)
  watchCompilers(fastify)

  fastify.setGenReqId = function setReplicaGenReqId (this: FastifyInstance, generate) {
    return setGenReqId.call(this, keepRequestId(generate))
  }
  fastify.setGenReqId(genReqId)

  fastify.ready = function readyReplica (this: FastifyInstance, ...parameters: unknown[]) {
    wantReady()
    return ready.apply(this, parameters)
  } as never

  // listen() binds no port and never resolves: what a script does after listen() is for the main thread
  // alone.
  fastify.listen = function listenNever (this: FastifyInstance) {
    this.ready().then(undefined, () => {}) // buildApp() awaits ready() as well, and gets the error
    return new Promise(() => {})
  } as FastifyInstance['listen']

  forwardLogs(fastify, logs)

  decorateVisits(fastify)
  replaceServer(fastify, () => instances.size === 0)
  closers.set(fastify.server, fastify.close.bind(fastify))
  // The main thread alone closes the app: a script that uses its app briefly and then closes it must not
  // close the replica.
  fastify.close = function closeNever () {
    if (instances.size === 0) {
      process.emitWarning(
        'fastify.close() was called in a worker, where it does nothing', { code: 'FST_BLOCKING_LOOP_ONLY' }
      )
    }
    return new Promise(() => {})
  } as FastifyInstance['close']

  Reflect.apply(addHook, fastify, ['onRequest', restoreRequest])
  Reflect.apply(addHook, fastify, ['onRoute', arrangeRoute])
}

type GenReqId = Parameters<FastifyInstance['setGenReqId']>[0]

function keepRequestId (generate: GenReqId): GenReqId {
  return (raw) => (raw as unknown) instanceof RawRequest
    ? (raw as unknown as RawRequest).visit.open.id
    : generate(raw)
}
