import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fp from 'fastify-plugin'

export default fp(async function sessions (app) {
  app.register(cookie)
  app.register(session, {
    secret: app.config.COOKIE_SECRET,
    cookieName: 'shop',
    cookie: { secure: 'auto', httpOnly: true, sameSite: 'lax', maxAge: 30 * 60 * 1000 },
    saveUninitialized: false
  })
}, { name: 'shop-session' })
