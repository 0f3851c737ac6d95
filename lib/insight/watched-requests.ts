import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** A request that is followed from its arrival on, or from the start of its handler on. */
export interface WatchedRequest {
  /** Set once the handler starts. */
  handled: HandledRequest | undefined
  /** Called once the handler starts, for what happened before. */
  onHandled: (() => void) | undefined
}

export interface HandledRequest {
  request: FastifyRequest
  /** URL of the route, as registered. */
  url: string
  /** ms for which the event loop had been idle when the handler started. */
  idle: number
}

/** What Fastify publishes when a handler starts. */
interface HandlerStart {
  request: FastifyRequest
  route: { url: string }
}

const arrivals = 'http.server.request.start'
const handlers = tracingChannel<WatchedRequest, HandlerStart>('fastify.request.handler')

/** Calls back when the next request arrives, or reaches its handler. */
export function onNextRequest (callback: () => void): () => void {
  const cancel = (): void => {
    unsubscribe(arrivals, next)
    handlers.start.unsubscribe(next)
  }
  const next = (): void => {
    cancel()
    callback()
  }
  subscribe(arrivals, next)
  handlers.start.subscribe(next)
  return cancel
}

/**
 * Tells which request the running code belongs to, also after an await. This costs something for every
 * request, so it is on only while something holds the loop. All of it are public channels: no server is
 * changed.
 */
export class RequestWatch {
  readonly #storage = new AsyncLocalStorage<WatchedRequest>()
  readonly #byMessage = new WeakMap<IncomingMessage, WatchedRequest>()
  readonly #onArrival: () => void
  readonly #onHandler: (handled: HandledRequest) => void
  #isOn = false

  constructor (onArrival: () => void, onHandler: (handled: HandledRequest) => void) {
    this.#onArrival = onArrival
    this.#onHandler = onHandler
  }

  /** The request that the running code belongs to, as far as is known. */
  get current (): WatchedRequest | undefined {
    return this.#isOn ? this.#storage.getStore() : undefined
  }

  start (): void {
    if (this.#isOn) return
    this.#isOn = true
    subscribe(arrivals, this.#arrived)
    handlers.start.bindStore(this.#storage, this.#handled)
  }

  stop (): void {
    if (!this.#isOn) return
    this.#isOn = false
    unsubscribe(arrivals, this.#arrived)
    handlers.start.unbindStore(this.#storage)
    this.#storage.disable()
  }

  readonly #arrived = (published: unknown): void => {
    const { request } = published as { request: IncomingMessage }
    const watched: WatchedRequest = { handled: undefined, onHandled: undefined }
    this.#byMessage.set(request, watched)
    this.#storage.enterWith(watched)
    this.#onArrival()
  }

  readonly #handled = ({ request, route: { url } }: HandlerStart): WatchedRequest => {
    const watched = this.#byMessage.get(request.raw) ?? { handled: undefined, onHandled: undefined }
    watched.handled = { request, url, idle: performance.eventLoopUtilization().idle }
    this.#onHandler(watched.handled)
    watched.onHandled?.()
    watched.onHandled = undefined
    return watched
  }
}
