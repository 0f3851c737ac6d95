import cookie from '@fastify/cookie'
import jwt from '@fastify/jwt'

export const plugin = '@fastify/jwt'
export const uses = '`request.jwtVerify`, `jwtDecode`, `reply.jwtSign`, `request.user`, `fastify.jwt`, a token in a cookie'

export default async function (app) {
  await app.register(cookie)
  await app.register(jwt, { secret: 'a secret that is long enough for this', sign: { noTimestamp: true }, cookie: { cookieName: 'token', signed: false } })
  app.get('/sign', async (_request, reply) => ({ token: await reply.jwtSign({ name: 'ann' }), again: app.jwt.sign({ name: 'bob' }) }))
  app.get('/cookie', async (_request, reply) => reply.setCookie('token', await reply.jwtSign({ name: 'cookie' })).send('set'))
  app.get('/verify', async (request) => {
    const verified = await request.jwtVerify()
    return { verified, user: request.user, decoded: await request.jwtDecode() }
  })
  app.get('/before', { onRequest: (request) => request.jwtVerify() }, (request) => ({ user: request.user }))
  app.get('/decode', (request) => ({ decoded: app.jwt.decode(request.query.token) }))
}

const bearer = ([{ body }]) => ({ authorization: `Bearer ${JSON.parse(body).token}` })

export const requests = [
  { path: '/sign', status: 200 },
  { path: '/cookie', status: 200 },
  (answers) => ({ path: '/verify', headers: bearer(answers), status: 200 }),
  (answers) => ({ path: '/before', headers: bearer(answers), status: 200 }),
  (answers) => ({ path: '/verify', headers: { cookie: answers[1].headers['set-cookie'] }, status: 200 }),
  ([{ body }]) => ({ path: `/decode?token=${JSON.parse(body).token}`, status: 200 }),
  { path: '/verify', headers: { authorization: 'Bearer no.token.here' }, status: 401 },
  { path: '/verify', status: 401 },
  { path: '/before', status: 401 }
]
