import bearerAuth from '@fastify/bearer-auth'

export const plugin = '@fastify/bearer-auth'
export const uses = 'a handler behind its hook'

export default async function (app) {
  await app.register(bearerAuth, { keys: new Set(['a key']) })
  app.get('/', (request) => ({ authorization: request.headers.authorization }))
}

export const requests = [
  { path: '/', headers: { authorization: 'Bearer a key' }, status: 200 },
  { path: '/', headers: { authorization: 'Bearer another' }, status: 401 },
  { path: '/', status: 401 }
]
