import cookie from '@fastify/cookie'

export const plugin = '@fastify/cookie'
export const uses = '`request.cookies`, `unsignCookie`, `reply.setCookie`, `clearCookie`, `signCookie`'

export default async function (app) {
  await app.register(cookie, { secret: 'a secret that is long enough for this' })
  app.addHook('preHandler', async (request, reply) => { if (request.query.hook) reply.setCookie('hook', 'before') })
  app.get('/read', (request) => ({ cookies: request.cookies, signed: request.unsignCookie(request.cookies.signed ?? ''), isBare: !('toString' in request.cookies) }))
  app.get('/set', (_request, reply) => reply.setCookie('own', 'a b', { path: '/', httpOnly: true }).setCookie('signed', 'value', { signed: true }).send('set'))
  app.get('/change', (_request, reply) => reply.setCookie('hook', 'after').send('changed'))
  app.get('/clear', (_request, reply) => reply.clearCookie('own', { path: '/' }).send('cleared'))
  app.get('/throw', (_request, reply) => {
    reply.setCookie('own', '1')
    throw new Error('thrown')
  })
}

const headers = { cookie: 'plain=a%20b; signed=value.wrong' }

export const requests = [
  { path: '/read', headers, status: 200 },
  { path: '/set', status: 200 },
  { path: '/set?hook=1', status: 200 },
  { path: '/change?hook=1', status: 200 },
  { path: '/clear', status: 200 },
  { path: '/throw?hook=1', status: 500 }
]
