import cors from '@fastify/cors'

export const plugin = '@fastify/cors'
export const uses = 'its headers, with a handler that reads and adds to `vary`'

export default async function (app) {
  await app.register(cors, { origin: ['http://one.test', /two\.test$/], credentials: true, exposedHeaders: ['x-exposed'] })
  app.get('/', (_request, reply) => {
    const vary = reply.getHeader('vary')
    return reply.header('x-exposed', 'yes').header('vary', `${vary}, accept`).send({ vary })
  })
  app.post('/', (request) => ({ body: request.body }))
}

const json = { 'content-type': 'application/json' }

export const requests = [
  { path: '/', headers: { origin: 'http://one.test' }, status: 200 },
  { path: '/', headers: { origin: 'http://three.test' }, status: 200 },
  { path: '/', method: 'OPTIONS', headers: { origin: 'http://www.two.test', 'access-control-request-method': 'POST' }, status: 204 },
  { path: '/', method: 'OPTIONS', status: 400 },
  { path: '/', method: 'POST', headers: { ...json, origin: 'http://two.test' }, body: '{"a":1}', status: 200 }
]
