import auth from '@fastify/auth'

export const plugin = '@fastify/auth'
export const uses = 'a handler behind `fastify.auth`, and the user that it has found'

export default async function (app) {
  await app.register(auth)
  app.decorateRequest('user', null)
  const byName = async (request) => {
    if (request.headers['x-user'] === undefined) throw new Error('no user')
    request.user = { name: request.headers['x-user'] }
  }
  const byKey = (request, _reply, done) => { done(request.headers['x-key'] === 'key' ? undefined : new Error('no key')) }
  app.get('/any', { preHandler: app.auth([byName, byKey]) }, (request) => ({ user: request.user }))
  app.get('/all', { preHandler: app.auth([byName, byKey], { relation: 'and' }) }, (request) => ({ user: request.user }))
}

export const requests = [
  { path: '/any', headers: { 'x-user': 'ann' }, status: 200 },
  { path: '/any', headers: { 'x-key': 'key' }, status: 200 },
  { path: '/any', status: 401 },
  { path: '/all', headers: { 'x-user': 'ann', 'x-key': 'key' }, status: 200 },
  { path: '/all', headers: { 'x-user': 'ann' }, status: 401 }
]
