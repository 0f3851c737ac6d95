import type { JsonSchemaToTsProvider } from '@fastify/type-provider-json-schema-to-ts'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyReply } from 'fastify'
import { dependency } from 'fastify-blocking'
import { events, jsonLines, type ServerSentEvent } from 'fastify-blocking/streams'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { expect, test } from 'tstyche'
import { Type } from 'typebox'
import { z } from 'zod'

interface Progress { percent: number }

declare const right: Generator<{ data: Progress }>
declare const rightLater: AsyncGenerator<{ id: string, data: Progress }>
declare const wrong: Generator<{ data: { percent: string } }>
declare const lines: Generator<Progress>

const ofContent = <Schema>(schema: Schema) => ({
  response: { 200: { content: { 'text/event-stream': { schema }, 'application/x-ndjson': { schema } } } }
})

test('items have the type of the schema of the route, with TypeBox', () => {
  const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
  const schema = ofContent(Type.Object({ percent: Type.Integer() }))
  const base = dependency(() => 5)
  app.get('/', { blocking: true, schema, dependencies: { base } }, (request, reply) => {
    expect(events(reply, right)).type.toBe<Progress>()
    expect(jsonLines(reply, lines)).type.toBe<Progress>()
    // @ts-expect-error not assignable
    events(reply, wrong)
    // @ts-expect-error not assignable
    jsonLines(reply, right)
    // @ts-expect-error not assignable
    events(reply, lines)
    return events(reply, (function * () { yield { data: { percent: request.dependencies.base } } })())
  })
  app.get('/async', { schema }, async (_request, reply) => events(reply, rightLater))
  app.get('/sent', { schema }, async (_request, reply) => reply.send(events(reply, [{ data: { percent: 1 } }, { comment: 'x' }])))
  const other = { response: { 200: { content: { ...schema.response[200].content, 'application/json': { schema: Type.Object({ at: Type.String() }) } } } } }
  app.get('/other', { schema: other }, (request, reply) => request.headers.accept === 'application/json' ? { at: 'x' } : events(reply, right))
})

test('items have the type of the schema of the route, with zod', () => {
  Fastify().withTypeProvider<ZodTypeProvider>().get('/', { schema: ofContent(z.object({ percent: z.number() })) }, (_request, reply) => {
    // @ts-expect-error not assignable
    events(reply, wrong)
    return events(reply, right)
  })
})

test('items have the type of the schema of the route, with JSON schemas', () => {
  const item = { type: 'object', properties: { percent: { type: 'integer' } }, required: ['percent'], additionalProperties: false } as const
  Fastify().withTypeProvider<JsonSchemaToTsProvider>().get('/', { schema: ofContent(item) }, (_request, reply) => {
    // @ts-expect-error not assignable
    jsonLines(reply, [{ percent: 'x' }])
    return jsonLines(reply, lines)
  })
})

test('items have any type where there is no schema', () => {
  const app = Fastify()
  app.get('/', (_request, reply) => events(reply, wrong))
  app.get('/lines', (_request, reply) => jsonLines(reply, [1, 'x', null]))
  expect(events).type.toBeCallableWith({} as FastifyReply, right)
  expect(jsonLines).type.not.toBeCallableWith({} as FastifyReply, 5)
})

test('an event has either data or text, and a name only with one of them', () => {
  expect<ServerSentEvent<Progress>>().type.toBeAssignableFrom({ data: { percent: 1 }, event: 'x', id: '1', retry: 5, comment: 'c' })
  expect<ServerSentEvent<Progress>>().type.toBeAssignableFrom({ text: 'x', event: 'y' })
  expect<ServerSentEvent<Progress>>().type.toBeAssignableFrom({ retry: 5 })
  expect<ServerSentEvent<Progress>>().type.toBeAssignableFrom({ id: '1', event: undefined })
  expect<ServerSentEvent<Progress>>().type.not.toBeAssignableFrom({ data: { percent: 1 }, text: 'x' })
  expect<ServerSentEvent<Progress>>().type.not.toBeAssignableFrom({ event: 'x' })
  expect<ServerSentEvent<Progress>>().type.not.toBeAssignableFrom({ data: 5 })
  expect<ServerSentEvent<Progress>>().type.not.toBeAssignableFrom({ id: 5 })
})
