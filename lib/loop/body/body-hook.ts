import { tracingChannel } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import { nameOfTag } from '../../routes/printed-hooks.js'
import type { RouteHandler } from '../../routes/route-handler.js'
import { minTransferBytes, type Payload } from './body-sender.js'
import { collectBody } from './collect-body.js'
import { CollectedBody } from './collected-body.js'
import { type BodyParser, createBodyParser, findFormat } from './parse-body.js'
import type { BodyDecision } from './place-body.js'
import { defineUnparsedBody } from './unparsed-body.js'
import { watchBody } from './watched-body.js'

type Done = (error: Error | null) => void

/** Fastify's own tracing channel of handlers: whoever subscribes is given the request, with its body. */
const handlerChannel = tracingChannel('fastify.request.handler')

/**
 * The last preParsing hook of a blocking route. Where the worker parses, the hook reads the body to its end
 * and calls the handler: all between the hook and the handler is the worker's. Where the loop parses, it
 * keeps the bytes that Fastify reads.
 */
export class BodyHook {
  readonly #route: string
  readonly #limit: number
  #decision: BodyDecision | undefined
  #handle: RouteHandler | undefined
  #parse: BodyParser | undefined
  #isTextOwn = false

  /** `bodyLimit`: that of the server. */
  constructor (route: RouteOptions, { marks, tag }: PlannedRoute, bodyLimit: number) {
    this.#route = marks.key
    this.#limit = route.bodyLimit ?? bodyLimit
    const bodyHook = this
    function readBody (
      this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, payload: Payload, done: Done
    ): void {
      bodyHook.#read(this, request, reply, payload, done)
    }
    Object.defineProperty(readBody, 'name', { value: nameOfTag(tag) })
    route.preParsing = [
      ...[route.preParsing ?? []].flat(), readBody
    ] as NonNullable<RouteOptions['preParsing']>
  }

  /** Until then Fastify reads and parses. `handle` is the handler that replaces the app's own. */
  start (
    fastify: FastifyInstance, decision: BodyDecision, parsing: readonly string[], handle: RouteHandler
  ): void {
    this.#decision = decision
    this.#handle = handle
    this.#parse = createBodyParser(fastify)
    this.#isTextOwn = !parsing.some((what) => /^content type parser( removed:)?\s+text\/plain/i.test(what))
  }

  #read (
    instance: FastifyInstance, request: FastifyRequest, reply: FastifyReply, payload: Payload, done: Done
  ): void {
    if (this.#decision === undefined) return done(null)
    const format = findFormat(request, this.#limit)
    if (format === undefined || (format === 'text' && !this.#isTextOwn)) return done(null)
    const { place, mayCrossAsBytes, isKept } = this.#decision
    if (place.parsedBy === 'loop' || handlerChannel.hasSubscribers) {
      // A short body is cheaper to copy than to parse twice, and the value of a text is a copy anyway.
      const isShort = Number(request.headers['content-length']) < minTransferBytes
      if (mayCrossAsBytes && !isShort && format === 'json' && payload === request.raw) watchBody(request)
      return done(null)
    }
    collectBody(request, reply, payload, this.#limit, (error, collected) => {
      if (collected === undefined) return done(error)
      const { chunks, isShared } = collected
      const bytes = new CollectedBody(chunks, isKept || isShared, payload.receivedEncodedLength)
      defineUnparsedBody(request, this.#route, format, bytes, this.#parse!)
      try {
        const result = this.#handle!.call(instance, request, reply)
        // The handler of a route with dependencies in hook "onRequest" is async; it answers by itself.
        if (result instanceof Promise) result.catch((error: unknown) => failAsync(reply, error, done))
      } catch (thrown) {
        done(thrown as Error)
      }
    })
  }
}

/** Does what Fastify does with the promise of a handler that has rejected. */
function failAsync (reply: FastifyReply, error: unknown, done: Done): void {
  if (reply.sent) reply.log.error({ err: error }, 'Promise errored, but reply.sent = true was set')
  // Fastify takes a falsy value for success.
  else done((error || new Error(`${String(error)} was thrown`)) as Error)
}
