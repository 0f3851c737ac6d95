import cookie from '@fastify/cookie'
import session from '@fastify/session'

export const plugin = '@fastify/session'
export const uses = '`request.session`: `get`, `set`, its properties'

export default async function (app) {
  await app.register(cookie)
  await app.register(session, { secret: 'a secret with a minimum length of 32 characters', cookie: { secure: false } })
  app.get('/read', (request) => ({ visits: request.session.visits ?? 0, user: request.session.get('user') ?? null }))
  app.get('/count', (request) => {
    request.session.visits = (request.session.visits ?? 0) + 1
    return { visits: request.session.visits }
  })
  app.get('/login', async (request) => {
    await request.session.regenerate(['visits'])
    request.session.set('user', { name: 'ann' })
    return { user: request.session.get('user') }
  })
  app.get('/save', async (request) => {
    request.session.visits = 100
    await request.session.save()
    return { isSaved: request.session.isSaved?.() }
  })
  app.get('/reload', async (request) => {
    await request.session.reload()
    return 'again'
  })
  app.get('/logout', async (request) => {
    await request.session.destroy()
    return 'gone'
  })
  app.get('/throw', (request) => {
    request.session.visits = 1000
    throw new Error('thrown')
  })
}

export const cookies = true
const refused = 'FST_BLOCKING_LOOP_ONLY'

export const refuses = '`save`, `regenerate`, `reload`, `destroy`'
// What comes after one that is refused has another session on each side.
export const requests = [
  ...['/read', '/count', '/count', '/read'].map((path) => ({ path, status: 200 })),
  { path: '/throw', status: 500 },
  { path: '/read', status: 200 },
  ...['/save', '/reload', '/login', '/logout'].map((path) => ({ path, refused, status: 200 }))
]
export const random = { 'session id': /(?<=sessionId=)[^;"]+/g }
