import cookie from '@fastify/cookie'
import { create } from './create.js'

/** What handlers do with cookies. */
export const handlers = {
  'reads cookies': (request) => ({ cookies: request.cookies, parsed: request.server.parseCookie('x=1; y=%20') }),
  'reads a signed cookie': (request) => request.unsignCookie(request.cookies.signed ?? ''),
  'sets a cookie': (_request, reply) => reply.setCookie('own', 'a b', { path: '/', httpOnly: true, sameSite: 'lax' }).send('set'),
  'sets cookies of several kinds': async (request, reply) => {
    reply.setCookie('one', '1', { maxAge: 10 }).cookie('two', '2', { domain: 'app.test', secure: true })
    reply.setCookie('signed', 'value', { signed: true })
    return { signed: request.server.signCookie('value') }
  },
  'sets a cookie twice': (_request, reply) => reply.setCookie('own', '1').setCookie('own', '2').send('set'),
  'clears a cookie': (_request, reply) => reply.clearCookie('session', { path: '/' }).send('cleared'),
  'sets a cookie beside a header': (_request, reply) => reply.header('set-cookie', 'plain=1').setCookie('own', '1').send('set'),
  'sets a cookie and redirects': (_request, reply) => reply.setCookie('own', '1').redirect('/away'),
  'sets a cookie and throws': (_request, reply) => {
    reply.setCookie('own', '1')
    throw new Error('thrown')
  },
  'sets a cookie and sends bytes': (_request, reply) => reply.setCookie('own', '1').send(Buffer.from('bytes')),
  'sets a cookie and sends a long text': (_request, reply) => reply.setCookie('own', '1').send('long '.repeat(20_000)),
  'sets a cookie and answers nothing': (_request, reply) => reply.setCookie('own', '1').code(204).send(),
  'sets a cookie and calls the not-found handler': (_request, reply) => reply.setCookie('own', '1').callNotFound(),
  'sends no cookie': () => ({ none: true })
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  await app.register(cookie, { secret: 'a secret that is long enough for this' })
  for (const [index, handler] of Object.values(handlers).entries()) app.get(`/${index}`, { blocking }, handler)
  app.register(async (child) => {
    child.addHook('onRequest', async (_request, reply) => { reply.header('set-cookie', 'before=1') })
    child.addHook('onSend', async (_request, reply, payload) => {
      reply.header('x-seen', [reply.getHeader('set-cookie') ?? 'none'].flat().join('|'))
      return payload
    })
    for (const [index, handler] of Object.values(handlers).entries()) child.get(`/${index}`, { blocking }, handler)
  }, { prefix: '/hooked' })
  app.register(async (child) => {
    child.addHook('preHandler', async (_request, reply) => { reply.setCookie('hook', 'before') })
    child.get('/plain', { blocking }, handlers['sends no cookie'])
    child.get('/header', { blocking }, (_request, reply) => reply.header('set-cookie', 'plain=1').send('set'))
    child.get('/thrown', { blocking }, () => { throw new Error('thrown') })
  }, { prefix: '/set-by-hook' })
  return app
}
