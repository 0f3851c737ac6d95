import { errorCodes } from 'fastify'

/** Of Fastify's own time limit. */
export function isHandlerTimeout (error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'FST_ERR_HANDLER_TIMEOUT'
}

/** As Fastify's own error, where that is not at hand: in a worker. `route` is a key. */
export function makeHandlerTimeout (route: string, milliseconds: number): Error {
  return new errorCodes.FST_ERR_HANDLER_TIMEOUT(milliseconds, route.split(' ')[1])
}
