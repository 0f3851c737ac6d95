import swagger from '@fastify/swagger'

export const plugin = '@fastify/swagger'
export const uses = '`fastify.swagger`, as JSON and YAML'

export default async function (app) {
  await app.register(swagger, { openapi: { info: { title: 'An app', version: '1.0.0' } } })
  app.get('/items/:id', { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } }, response: { 200: { type: 'object', properties: { id: { type: 'integer' } } } } } }, (request) => ({ id: request.params.id, dropped: true }))
  app.get('/json', () => app.swagger())
  app.get('/yaml', (_request, reply) => reply.type('text/yaml').send(app.swagger({ yaml: true })))
}

export const requests = [
  { path: '/items/7', status: 200 },
  { path: '/items/x', status: 400 },
  { path: '/json', status: 200 },
  { path: '/yaml', status: 200 }
]
