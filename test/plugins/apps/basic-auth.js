import basicAuth from '@fastify/basic-auth'

export const plugin = '@fastify/basic-auth'
export const uses = 'a handler behind `fastify.basicAuth`, and the user that it has found'

export default async function (app) {
  app.decorateRequest('user', null)
  await app.register(basicAuth, {
    authenticate: { realm: 'Here' },
    async validate (username, password, request) {
      if (username !== 'ann' || password !== 'secret') throw new Error('wrong')
      request.user = { username }
    }
  })
  app.get('/', { onRequest: app.basicAuth }, (request) => ({ user: request.user }))
}

const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

export const requests = [
  { path: '/', headers: basic('ann:secret'), status: 200 },
  { path: '/', headers: basic('ann:wrong'), status: 401 },
  { path: '/', status: 401 }
]
