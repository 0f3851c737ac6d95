import type { FastifyInstance } from 'fastify'
import { LoopOnly } from '../../errors.js'
import type { Listening } from '../../wire/messages.js'

/*
 * The server of a replica binds no port. It tells the address of the main thread's server, and throws where a
 * method needs sockets.
 */

/** Methods that need the server's sockets. */
const ofSockets = [
  'listen', 'getConnections', 'close', 'closeAllConnections', 'closeIdleConnections', 'closeHttp2Sessions'
] as const

const servers = new WeakMap<object, ReplicaServer>()

class ReplicaServer {
  told: Listening | undefined
  readonly #server: object
  readonly #names: string[] = []

  /**
   * `isBuilt` tells whether the app has been built: until then listen() does nothing, and the others are
   * allowed.
   */
  constructor (fastify: FastifyInstance, isBuilt: () => boolean) {
    const { server } = fastify
    this.#server = server
    for (const name of ofSockets) {
      const own: unknown = Reflect.get(server, name)
      if (typeof own === 'function') {
        this.#define(name, {
          value (...parameters: unknown[]) {
            if (isBuilt()) throw new LoopOnly(`server.${name}()`)
            return name === 'listen' ? server : Reflect.apply(own, server, parameters) as unknown
          }
        })
      }
    }
    this.#define('address', { value: () => this.told?.address ?? null })
    this.#define('listening', { get: () => this.told !== undefined })
    fastify.addresses = () =>
      this.told?.addresses as ReturnType<FastifyInstance['addresses']> | undefined ?? []
  }

  #define (name: string, property: PropertyDescriptor): void {
    this.#names.push(name)
    Object.defineProperty(this.#server, name, { ...property, configurable: true })
  }

  /** Restores the server's own methods, which Fastify calls when it closes the server. */
  release (): void {
    for (const name of this.#names) Reflect.deleteProperty(this.#server, name)
  }
}

export function replaceServer (fastify: FastifyInstance, isBuilt: () => boolean): void {
  servers.set(fastify.server, new ReplicaServer(fastify, isBuilt))
}

export function releaseServer ({ server }: FastifyInstance): void {
  servers.get(server)?.release()
}

/** Called when the main thread listens. */
export function setListening ({ server }: FastifyInstance, told: Listening): void {
  servers.get(server)!.told = told
}
