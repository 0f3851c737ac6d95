import { fileURLToPath } from 'node:url'
import serveStatic from '@fastify/static'

export const plugin = '@fastify/static'
export const uses = '`reply.sendFile`, `reply.download`, its routes, ranges, 304 and 404'

const root = fileURLToPath(new URL('files/', import.meta.url))

export default async function (app) {
  await app.register(serveStatic, { root, prefix: '/public/', etag: true, lastModified: true })
  app.get('/sent', (_request, reply) => reply.sendFile('text.txt'))
  app.get('/options', (_request, reply) => reply.sendFile('text.txt', { maxAge: 60_000, cacheControl: true }))
  app.get('/download', (_request, reply) => reply.download('text.txt', 'other name.txt'))
  app.get('/missing', (_request, reply) => reply.sendFile('none.txt'))
  app.get('/outside', (_request, reply) => reply.sendFile('../static.js'))
}

export const requests = [
  { path: '/sent', status: 200 },
  { path: '/sent', method: 'HEAD', status: 200 },
  { path: '/sent', headers: { range: 'bytes=4-7' }, status: 206 },
  { path: '/sent', headers: { range: 'bytes=400-700' }, status: 416 },
  ([{ headers }]) => ({ path: '/sent', headers: { 'if-none-match': headers.etag }, status: 304 }),
  { path: '/options', status: 200 },
  { path: '/download', status: 200 },
  { path: '/missing', status: 404 },
  { path: '/outside', status: 403 },
  { path: '/public/text.txt', status: 200 },
  { path: '/public/', status: 200 },
  { path: '/public/none', status: 404 },
  { path: '/public/text.txt', method: 'HEAD', status: 200 }
]
