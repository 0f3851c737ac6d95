import { errorCodes } from 'fastify'
import {
  ErrorClassFailed, HostLost, LoopOnly, NotCloneable, OutOfMemory, ThreadLost, UnsupportedAnswer,
  WouldDeadlock, WrongRoute
} from './errors.js'

/** Why a session on a worker host was lost with the host, or with messages of the host. */
export class HostGone extends Error {}

/**
 * Creates the error of a request or a call whose thread is gone: FST_BLOCKING_HOST_LOST,
 * FST_BLOCKING_OUT_OF_MEMORY or FST_BLOCKING_THREAD_LOST. `route` is a key; `cause` says why the thread
 * ended, and is that of the error, unless it says no more than the message.
 */
export function createThreadLostError (route: string, cause: unknown): Error {
  if (!(cause instanceof Error)) return Object.assign(new ThreadLost(route, String(cause)), { cause })
  if (cause instanceof HostGone) return new HostLost(route, cause.message)
  const isMemory = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return Object.assign(new (isMemory ? OutOfMemory : ThreadLost)(route, cause.message), { cause })
}

/** Whether an error is that of Fastify's `handlerTimeout`. */
export function isHandlerTimeout (error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'FST_ERR_HANDLER_TIMEOUT'
}

/**
 * Creates the error of Fastify's `handlerTimeout`, for a side on which Fastify has not made it. `route` is a
 * key.
 */
export function createHandlerTimeout (route: string, milliseconds: number): Error {
  return new errorCodes.FST_ERR_HANDLER_TIMEOUT(milliseconds, route.split(' ')[1])
}

/**
 * Returns an error for any thrown value: Fastify takes a hook for one that succeeds if it fails with a falsy
 * value.
 */
export function toHookError (thrown: unknown): Error {
  return (thrown || new Error(`${String(thrown)} was thrown`)) as Error
}

const refusals = [NotCloneable, LoopOnly, UnsupportedAnswer, WrongRoute, WouldDeadlock, ErrorClassFailed]

/** Whether an error says that something does not cross, or that there is no such thing in a worker. */
export function isRefusal (error: unknown): error is Error {
  return refusals.some((refusal) => error instanceof refusal)
}
