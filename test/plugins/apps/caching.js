import caching from '@fastify/caching'

export const plugin = '@fastify/caching'
export const uses = '`reply.etag`, `reply.expires`, `fastify.cache`'

export default async function (app) {
  await app.register(caching, { privacy: caching.privacy.PUBLIC, expiresIn: 300, serverExpiresIn: 60 })
  const set = (name, value) => new Promise((resolve, reject) => {
    app.cache.set(name, value, 100_000, (error) => { if (error) reject(error); else resolve() })
  })
  const get = (name) => new Promise((resolve, reject) => {
    app.cache.get(name, (error, found) => { if (error) reject(error); else resolve(found?.item) })
  })
  app.get('/etag', (_request, reply) => reply.etag('"tag"').send({ tagged: true }))
  app.get('/expires', (_request, reply) => reply.expires(new Date(0)).send({ expires: true }))
  app.get('/cache', async (request) => {
    const before = await get('name')
    await set('name', request.query.value)
    return { before, after: await get('name') }
  })
}

export const requests = [
  { path: '/etag', status: 200 },
  { path: '/etag', headers: { 'if-none-match': '"tag"' }, status: 304 },
  { path: '/expires', status: 200 },
  { path: '/cache?value=one', status: 200 },
  { path: '/cache?value=two', status: 200 }
]
