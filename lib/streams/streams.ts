import type {
  FastifyReply, FastifySchema, FastifyTypeProvider, RawReplyDefaultExpression, RawRequestDefaultExpression,
  RawServerBase, RouteGenericInterface
} from 'fastify'
import { InvalidItem } from '../errors.js'
import { formatEvent, type ServerSentEvent } from './event-chunk.js'
import { findItemSerializer, nameSource } from './item-serializer.js'
import { createItemStream, formatItems, isAsync, type Items } from './item-stream.js'
import type { ItemOf } from './item-type.js'
import { keepAlive } from './keep-alive.js'

export type { ItemOf, Items, ServerSentEvent }

/**
 * Returns a stream of server-sent events, to be returned by a handler or given to reply.send(); on the loop
 * and in a worker. Sets the headers `content-type: text/event-stream`, and unless the reply has them
 * `cache-control: no-cache` and `x-accel-buffering: no`.
 *
 * Each event leaves before the next one is computed. `data` has the type that the route's schema gives the
 * content type `text/event-stream`, and is serialized by that schema. While `items` is asynchronous and
 * silent, a comment is sent every 15 s. When the client hangs up, or a time limit is over, `items` is ended
 * by its return(). An event that is not valid breaks the stream with FST_BLOCKING_INVALID_ITEM.
 *
 * The type of the result is that of the route's answer, as the handler is to return it.
 */
export function events<
  RouteGeneric extends RouteGenericInterface,
  RawServer extends RawServerBase,
  RawRequest extends RawRequestDefaultExpression<RawServer>,
  RawReply extends RawReplyDefaultExpression<RawServer>,
  ContextConfig,
  Schema extends FastifySchema,
  Provider extends FastifyTypeProvider,
  Answer
> (
  reply: FastifyReply<
    RouteGeneric, RawServer, RawRequest, RawReply, ContextConfig, Schema, Provider, Answer
  >,
  items: Items<ServerSentEvent<ItemOf<Schema, Provider, 'text/event-stream'>>>
): Answer {
  const source = nameSource('events', reply)
  const serialize = findItemSerializer(reply, 'text/event-stream', source)
  const chunks = formatItems(items, (event) => formatEvent(event, serialize, source))
  setHeaders(reply, 'text/event-stream')
  return createItemStream(isAsync(chunks) ? keepAlive(chunks, ':\n\n') : chunks, true) as Answer
}

/**
 * Returns a stream of JSON lines, to be returned by a handler or given to reply.send(); on the loop and in a
 * worker. Sets the header `content-type: application/x-ndjson`, and unless the reply has them
 * `cache-control: no-cache` and `x-accel-buffering: no`.
 *
 * An item has the type that the route's schema gives the content type `application/x-ndjson`, and is
 * serialized by that schema. When the client hangs up, or a time limit is over, `items` is ended by its
 * return(). An item that has no JSON breaks the stream with FST_BLOCKING_INVALID_ITEM.
 *
 * The type of the result is that of the route's answer, as the handler is to return it.
 */
export function jsonLines<
  RouteGeneric extends RouteGenericInterface,
  RawServer extends RawServerBase,
  RawRequest extends RawRequestDefaultExpression<RawServer>,
  RawReply extends RawReplyDefaultExpression<RawServer>,
  ContextConfig,
  Schema extends FastifySchema,
  Provider extends FastifyTypeProvider,
  Answer
> (
  reply: FastifyReply<
    RouteGeneric, RawServer, RawRequest, RawReply, ContextConfig, Schema, Provider, Answer
  >,
  items: Items<ItemOf<Schema, Provider, 'application/x-ndjson'>>
): Answer {
  const source = nameSource('jsonLines', reply)
  const serialize = findItemSerializer(reply, 'application/x-ndjson', source)
  setHeaders(reply, 'application/x-ndjson')
  return createItemStream(formatItems(items, (item) => {
    const json = serialize(item)
    if (json.includes('\n')) throw new InvalidItem(source, 'an item whose serializer gives several lines')
    return `${json}\n`
  }), false) as Answer
}

/** A cache or a proxy would hold back what is to come piece by piece. */
function setHeaders (reply: HeadReply, contentType: string): void {
  reply.header('content-type', contentType)
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
  if (!reply.hasHeader('x-accel-buffering')) reply.header('x-accel-buffering', 'no')
}

type HeadReply = Pick<FastifyReply, 'hasHeader'> & { header (name: string, value: string): unknown }
