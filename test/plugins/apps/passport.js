import { Authenticator, Strategy } from '@fastify/passport'
import secureSession from '@fastify/secure-session'

export const plugin = '@fastify/passport'
export const uses = '`request.user`, `isAuthenticated`, `isUnauthenticated`, `logIn`, `logout`'

class ByHeader extends Strategy {
  authenticate (request) {
    const name = request.headers['x-user']
    if (name === undefined) this.fail({ message: 'no user' }, 401)
    else this.success({ name })
  }
}

export default async function (app) {
  const passport = new Authenticator()
  passport.use('header', new ByHeader('header'))
  passport.registerUserSerializer(async (user) => user.name)
  passport.registerUserDeserializer(async (name) => ({ name, isDeserialized: true }))
  await app.register(secureSession, { key: Buffer.alloc(32, 'key'), cookie: { path: '/' } })
  await app.register(passport.initialize())
  await app.register(passport.secureSession())
  const who = (request) => ({ user: request.user ?? null, isIn: request.isAuthenticated(), isOut: request.isUnauthenticated() })
  app.get('/who', who)
  app.get('/header', { preValidation: passport.authenticate('header', { session: false }) }, who)
  app.get('/session', { preValidation: passport.authenticate('header', { authInfo: false }) }, who)
  app.get('/in', async (request) => {
    await request.logIn({ name: 'bob' })
    return who(request)
  })
  app.get('/out', async (request) => {
    await request.logout()
    return who(request)
  })
}

const headers = { 'x-user': 'ann' }

export const cookies = true
export const requests = [
  { path: '/who', status: 200 },
  { path: '/header', headers, status: 200 },
  { path: '/header', status: 401 },
  { path: '/who', status: 200 },
  { path: '/session', headers, status: 200 },
  { path: '/who', status: 200 },
  { path: '/out', status: 200 },
  { path: '/who', status: 200 },
  { path: '/in', status: 200 },
  { path: '/who', status: 200 }
]
export const random = { session: /(?<=session=)[^;"]{20,}/g }
