import type { FastifySchema, FastifyTypeProvider } from 'fastify'

/**
 * The type of an item of a stream, as the route's schema says:
 * `response: { 200: { content: { 'text/event-stream': { schema } } } }`. Unknown for a route without it.
 */
export type ItemOf<
  Schema extends FastifySchema, Provider extends FastifyTypeProvider, ContentType extends string
> = [ItemSchema<Schema['response'], ContentType>] extends [never]
  ? unknown
  : (Provider & { schema: ItemSchema<Schema['response'], ContentType> })['serializer']

/** The schemas of the content type, of any status. */
type ItemSchema<Responses, ContentType extends string> = {
  [Status in keyof Responses]:
  Responses[Status] extends { content: { [Type in ContentType]: { schema: infer Item } } } ? Item : never
}[keyof Responses]
