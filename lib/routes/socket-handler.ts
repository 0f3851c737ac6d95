import type { FastifyRequest, RouteOptions } from 'fastify'

/*
 * @fastify/websocket calls the handler of a socket with the socket and the request. Its own wrapper of the
 * handler may be installed before or after the hooks of this package, so the handler is wrapped as written.
 */

/** The member of a WebSocket of package ws that is used. */
export interface ClosingSocket {
  /** `code`: 1006 if the connection was lost without a close frame. */
  once (event: 'close', listener: (code: number) => void): unknown
}

/** Follows the socket of a request. */
export interface SocketFollower {
  /** Called before the handler. */
  opened (socket: ClosingSocket): void
  /** Called with what the handler has returned. */
  handled (result: unknown): void
  /** Called with what the handler has thrown. */
  failed (error: unknown): void
}

// A symbol of the global registry: the handler may have been wrapped by another copy of this package.
const key = Symbol.for('fastify-blocking.socket')

type SocketRequest = FastifyRequest & { [key]?: SocketFollower }
type SocketHandler = (this: unknown, socket: ClosingSocket, request: SocketRequest) => unknown

export function followSocket (request: SocketRequest, follower: SocketFollower): void {
  request[key] = follower
}

/** Wraps the handler for sockets of a route that has one, so that a SocketFollower is told of it. */
export function wrapSocketHandler (route: RouteOptions): void {
  const options: { websocket?: boolean, wsHandler?: unknown, handler: unknown } = route
  const name = options.websocket === true ? 'handler' : 'wsHandler'
  const handler = options[name] as SocketHandler | undefined
  if (typeof handler !== 'function') return
  options[name] = function handleSocket (this: unknown, socket: ClosingSocket, request: SocketRequest) {
    const follower = request[key]
    if (follower === undefined) return handler.call(this, socket, request)
    follower.opened(socket)
    try {
      const result = handler.call(this, socket, request)
      follower.handled(result)
      return result
    } catch (error) {
      follower.failed(error)
      throw error
    }
  }
}
