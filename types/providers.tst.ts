import type { JsonSchemaToTsProvider } from '@fastify/type-provider-json-schema-to-ts'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import * as typebox034 from '@sinclair/typebox'
import Fastify, { type FastifyRequest, type FastifyTypeProvider } from 'fastify'
import { type Dependency, dependency, type DependencyRequest } from 'fastify-blocking'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { expect, test } from 'tstyche'
import type { TypeBoxTypeProvider as TypeBox034Provider } from 'type-provider-typebox-5'
import * as typebox from 'typebox'
import * as v from 'valibot'
import { z } from 'zod'

interface Page { page: number, q?: string }

test('TypeBox 1 types the request', () => {
  const { Type } = typebox
  const page = dependency({
    schema: {
      querystring: Type.Object({ page: Type.Integer(), q: Type.Optional(Type.String()) }),
      headers: Type.Object({ 'X-Tenant': Type.String() }),
      params: Type.Object({ id: Type.Union([Type.Literal('a'), Type.Literal('b')]) }),
      body: Type.Array(Type.Unsafe<Date>({ type: 'string' }))
    }
  }, (request) => {
    expect(request.query).type.toBe<Page>()
    expect(request.headers['x-tenant']).type.toBe<string>()
    expect(request.headers.accept).type.toBe<string | undefined>()
    expect(request.params).type.toBe<{ id: 'a' | 'b' }>()
    expect(request.body).type.toBe<Date[]>()
    expect(request).type.toBeAssignableTo<FastifyRequest>()
    return request.query.page
  })
  Fastify().withTypeProvider<TypeBoxTypeProvider>().get('/:n', { schema: { params: Type.Object({ n: Type.Number() }) }, dependencies: { page } }, (request) => {
    expect(request.params.n).type.toBe<number>()
    expect(request.dependencies.page).type.toBe<number>()
  })
  dependency({ schema: { body: Type.Unsafe<Page>({}) } }, (request) => expect(request.body).type.toBe<Page>())
  dependency({ schema: { body: Type.Refine(Type.Object({ page: Type.Integer() }), () => true) } }, (request) => expect(request.body.page).type.toBe<number>())
  const Tree = Type.Cyclic({ Tree: Type.Object({ trees: Type.Array(Type.Ref('Tree')) }) }, 'Tree')
  dependency({ schema: { body: Tree } }, (request) => expect(request.body.trees[0]?.trees).type.toBeAssignableTo<unknown[] | undefined>())
})

test('TypeBox 0.34 types the request', () => {
  const { Type } = typebox034
  const page = dependency({
    schema: {
      querystring: Type.Object({ page: Type.Integer(), q: Type.Optional(Type.String()) }),
      headers: Type.Object({ 'X-Tenant': Type.String() }),
      body: Type.Array(Type.String())
    }
  }, (request) => {
    expect(request.query).type.toBe<Page>()
    expect(request.headers['x-tenant']).type.toBe<string>()
    expect(request.headers.accept).type.toBe<string | undefined>()
    expect(request.params).type.toBe<unknown>()
    expect(request.body).type.toBe<string[]>()
    return request.query.page
  })
  Fastify().withTypeProvider<TypeBox034Provider>().get('/:n', { schema: { params: Type.Object({ n: Type.Number() }) }, dependencies: { page } }, (request) => {
    expect(request.params.n).type.toBe<number>()
    expect(request.dependencies.page).type.toBe<number>()
  })
})

test('zod types the request by what a schema gives, after coercion, defaults and transforms', () => {
  const page = dependency({
    schema: {
      querystring: z.object({ page: z.coerce.number().default(1), q: z.string().optional() }),
      headers: z.object({ 'x-tenant': z.string() }),
      params: z.object({ day: z.string().transform((text) => new Date(text)) }),
      body: z.union([z.string(), z.array(z.number())])
    }
  }, (request) => {
    expect(request.query).type.toBe<{ page: number, q?: string | undefined }>()
    expect(request.headers['x-tenant']).type.toBe<string>()
    expect(request.headers.accept).type.toBe<string | undefined>()
    expect(request.params).type.toBe<{ day: Date }>()
    expect(request.body).type.toBe<string | number[]>()
    expect(request).type.toBeAssignableTo<FastifyRequest>()
    return request.query.page
  })
  Fastify().withTypeProvider<ZodTypeProvider>().get('/:n', { schema: { params: z.object({ n: z.coerce.number() }) }, dependencies: { page } }, (request) => {
    expect(request.params.n).type.toBe<number>()
    expect(request.dependencies.page).type.toBe<number>()
  })
  dependency({ schema: { body: z.any() } }, (request) => expect(request.body).type.toBe<unknown>())
})

test('valibot types the request, as any Standard Schema', () => {
  dependency({
    schema: {
      querystring: v.object({ page: v.pipe(v.string(), v.transform(Number)), q: v.optional(v.string()) }),
      headers: v.object({ 'x-tenant': v.string() })
    }
  }, (request) => {
    expect(request.query).type.toBe<{ page: number, q?: string | undefined }>()
    expect(request.headers['x-tenant']).type.toBe<string>()
    expect(request.params).type.toBe<unknown>()
  })
  interface Schema<Input, Output> {
    readonly '~standard': {
      readonly version: 1
      readonly vendor: string
      readonly validate: (value: unknown) => { readonly value: Output } | Promise<{ readonly issues: [] }>
      readonly types?: { readonly input: Input, readonly output: Output } | undefined
    }
  }
  const schema = {} as Schema<string, Page>
  dependency({ schema: { body: schema } }, (request) => expect(request.body).type.toBe<Page>())
  const callable = (() => {}) as unknown as (() => void) & Schema<string, Page>
  dependency({ schema: { body: callable } }, (request) => expect(request.body).type.toBe<Page>())
})

test('plain JSON schemas are typed by the type provider that is named, as in Fastify', () => {
  const typed = dependency.withTypeProvider<JsonSchemaToTsProvider>()
  const page = typed({
    schema: {
      querystring: { type: 'object', properties: { page: { type: 'integer' }, q: { type: 'string' } }, required: ['page'], additionalProperties: false },
      headers: { type: 'object', properties: { 'X-Tenant': { enum: ['a', 'b'] } }, required: ['X-Tenant'] }
    }
  }, (request) => {
    expect(request.query).type.toBe<Page>()
    expect(request.headers['x-tenant']).type.toBe<'a' | 'b'>()
    return request.query.page
  })
  const schema = { body: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'], additionalProperties: false } } as const
  typed({ schema, blocking: true, dependencies: { page } }, (request, { page }) => {
    expect(request.body).type.toBe<{ to: string }>()
    expect(page).type.toBe<number>()
  })
  typed((request) => expect(request).type.toBe<FastifyRequest>())
  typed({ lifetime: 'app' }, (fastify) => fastify.prefix)
  // @ts-expect-error 'shcema' does not exist
  typed({ shcema: {} }, () => 5)
})

test('any type provider of Fastify may be named', () => {
  interface Lengths extends FastifyTypeProvider { validator: this['schema'] extends string ? { length: number } : 'other' }
  dependency.withTypeProvider<Lengths>()({ schema: { body: 'text' } }, (request) => expect(request.body).type.toBe<{ length: number }>())
  dependency.withTypeProvider<TypeBox034Provider>()({ schema: { body: typebox034.Type.String() } }, (request) => expect(request.body).type.toBe<string>())
  dependency.withTypeProvider<TypeBoxTypeProvider>()({ schema: { body: typebox.Type.String() } }, (request) => expect(request.body).type.toBe<string>())
  dependency.withTypeProvider<ZodTypeProvider>()({ schema: { body: z.string() } }, (request) => expect(request.body).type.toBe<string>())
})

test('a part with a schema that carries no type is unknown', () => {
  dependency({ schema: { body: { type: 'object', properties: { page: { type: 'integer' } } } } }, (request) => {
    expect(request.body).type.toBe<unknown>()
    expect(request.headers).type.toBe<FastifyRequest['headers']>()
  })
})

test('a request may be named by its schema, for functions that are declared by themselves', () => {
  const querystring = z.object({ page: z.coerce.number() })
  const next = (request: DependencyRequest<{ querystring: typeof querystring }>) => request.query.page + 1
  expect(dependency({ schema: { querystring } }, next)).type.toBe<Dependency<number, 'request'>>()
})
