import secureSession from '@fastify/secure-session'

export const plugin = '@fastify/secure-session'
export const uses = '`request.session`: `get`, `set`, `data`, `touch`, `options`, `regenerate`, `delete`'

export default async function (app) {
  await app.register(secureSession, { key: Buffer.alloc(32, 'key'), cookie: { path: '/' } })
  app.get('/read', (request) => ({ user: request.session.get('user') ?? null, data: Object.keys(request.session.data()) }))
  app.get('/login', (request) => {
    request.session.set('user', { name: 'ann' })
    return { user: request.session.get('user') }
  })
  app.get('/assign', (request) => {
    request.session.theme = 'dark'
    request.session.touch()
    return { theme: request.session.theme }
  })
  app.get('/options', (request) => {
    request.session.set('user', 'short')
    request.session.options({ maxAge: 60 })
    return 'set'
  })
  app.get('/regenerate', (request) => {
    request.session.regenerate(['theme'])
    return { theme: request.session.get('theme') ?? null }
  })
  app.get('/logout', (request) => {
    request.session.delete()
    return 'gone'
  })
  app.register(async (child) => {
    child.addHook('preHandler', async (request) => { request.session.set('byHook', true) })
    child.get('/by-hook', (request) => ({ byHook: request.session.get('byHook') ?? null }))
    child.get('/after-hook', (request) => {
      request.session.set('user', 'after')
      return 'set'
    })
  })
}

export const cookies = true
export const requests = ['/read', '/login', '/read', '/assign', '/read', '/by-hook', '/read', '/after-hook', '/read', '/options', '/regenerate', '/read', '/logout', '/read'].map((path) => ({ path, status: 200 }))
export const random = { session: /(?<=session=)[^;"]{20,}/g }
