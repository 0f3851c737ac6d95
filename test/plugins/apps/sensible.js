import sensible from '@fastify/sensible'

export const plugin = '@fastify/sensible'
export const uses = '`reply.notFound`, `badRequest`, `vary`, `cacheControl`, `preventCache`, `request.is`, `forwarded`, `fastify.httpErrors`, `assert`, `to`'

export default async function (app) {
  await app.register(sensible)
  app.get('/not-found', (_request, reply) => reply.notFound('none here'))
  app.get('/thrown', () => { throw app.httpErrors.conflict('twice') })
  app.get('/asserted', (request) => {
    app.assert(request.query.ok, 400, 'not ok')
    return 'ok'
  })
  app.get('/headers', (request, reply) => {
    reply.vary('accept')
    reply.vary(['origin', 'x-user'])
    reply.cacheControl('public')
    reply.cacheControl('max-age', '1m')
    return { forwarded: request.forwarded(), protocol: request.protocol }
  })
  app.get('/uncached', (_request, reply) => reply.preventCache().send('uncached'))
  app.get('/stale', (_request, reply) => reply.revalidate().send('stale'))
  app.get('/to', async () => {
    const [error] = await app.to(Promise.reject(new Error('caught')))
    return { message: error.message }
  })
  app.post('/is', (request) => ({ is: request.is(['json', 'html']), not: request.is('html') }))
}

export const requests = [
  { path: '/not-found', status: 404 },
  { path: '/thrown', status: 409 },
  { path: '/asserted?ok=1', status: 200 },
  { path: '/asserted', status: 400 },
  { path: '/headers', headers: { 'x-forwarded-for': '10.0.0.1, 10.0.0.2' }, status: 200 },
  { path: '/uncached', status: 200 },
  { path: '/stale', status: 200 },
  { path: '/to', status: 200 },
  { path: '/is', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}', status: 200 }
]
