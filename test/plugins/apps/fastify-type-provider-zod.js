import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'

export const plugin = 'fastify-type-provider-zod'
export const uses = 'what its schemas have parsed and transformed, and what they serialize'

export default async function (app) {
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.post('/items/:id', {
    schema: {
      params: z.object({ id: z.coerce.number().int() }),
      querystring: z.object({ since: z.coerce.date().optional(), tags: z.string().transform((text) => new Set(text.split(','))).optional() }),
      body: z.object({ name: z.string().min(2), size: z.number().default(1) }),
      response: { 200: z.object({ id: z.number(), since: z.string().nullable(), tags: z.array(z.string()), name: z.string().max(10), size: z.number() }) }
    }
  }, ({ params, query, body }) => ({ ...params, ...body, since: query.since?.toISOString() ?? null, tags: [...query.tags ?? []], dropped: true }))
  app.get('/wrong', { schema: { response: { 200: z.object({ id: z.number() }) } } }, () => ({ id: 'none' }))
}

const post = { method: 'POST', headers: { 'content-type': 'application/json' } }

export const requests = [
  { path: '/items/7?since=2026-01-01&tags=a,b', ...post, body: '{"name":"ann"}', status: 200 },
  { path: '/items/7', ...post, body: '{"name":"a"}', status: 400 },
  { path: '/items/x', ...post, body: '{"name":"ann"}', status: 400 },
  { path: '/wrong', status: 500 }
]
