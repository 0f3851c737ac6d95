import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'

export const plugin = '@fastify/csrf-protection'
export const uses = '`reply.generateCsrf`, and handlers behind `fastify.csrfProtection`'

export default async function (app) {
  await app.register(cookie)
  await app.register(csrf)
  app.get('/', (_request, reply) => ({ token: reply.generateCsrf({ path: '/' }) }))
  app.post('/', { onRequest: app.csrfProtection }, (request) => ({ body: request.body }))
}

const json = { 'content-type': 'application/json' }

export const cookies = true
export const requests = [
  { path: '/', status: 200 },
  ([{ body }]) => ({ path: '/', method: 'POST', headers: { ...json, 'csrf-token': JSON.parse(body).token }, body: '{"a":1}', status: 200 }),
  { path: '/', method: 'POST', headers: { ...json, 'csrf-token': 'wrong' }, body: '{}', status: 403 },
  { path: '/', status: 200 }
]
export const random = { secret: /(?<=_csrf=)[^;"]+/g, token: /(?<=token\\":\\")[^"\\]+/g }
