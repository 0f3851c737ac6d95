import cookie from '@fastify/cookie'
import session from '@fastify/session'

export const plugin = '@fastify/session'
export const uses = '`request.session`: `get`, `set`, its properties, `save`, `regenerate`, `destroy`'

const secret = 'a secret with a minimum length of 32 characters'

export default async function (app) {
  await app.register(cookie)
  app.register(async (context) => {
    const down = (_id, done) => done(new Error('the store is down'))
    await context.register(session, { secret, cookieName: 'other', store: { get: down, destroy: down, set: (_id, _session, done) => done() } })
    context.get('/down', async (request) => {
      await request.session.destroy()
      return 'gone'
    })
  })
  app.register(async (context) => {
    await context.register(session, { secret, cookie: { secure: false } })
    addRoutes(context)
  })
}

function addRoutes (app) {
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
export const refuses = '`reload`'
export const requests = [
  ...['/read', '/count', '/count', '/read', '/login', '/read', '/save', '/count'].map((path) => ({ path, status: 200 })),
  { path: '/throw', status: 500 },
  { path: '/down', status: 500 },
  ...['/read', '/logout', '/read', '/count'].map((path) => ({ path, status: 200 })),
  // The session that has been ended is in no store.
  (answers) => ({ path: '/read', headers: { cookie: String(answers[4].headers['set-cookie']).split(';', 1)[0] }, status: 200 }),
  { path: '/reload', refused: 'FST_BLOCKING_LOOP_ONLY', status: 200 }
]
export const random = { 'session id': /(?<=sessionId=)[^;"]+/g }
