import { Readable } from 'node:stream'
import etag from '@fastify/etag'

export const plugin = '@fastify/etag'
export const uses = 'its hook with texts, objects, Buffers and streams, a tag of the handler\'s own, 304'

export default async function (app) {
  await app.register(etag, { weak: true })
  app.get('/text', () => 'text')
  app.get('/json', () => ({ a: 1 }))
  app.get('/bytes', () => Buffer.from('bytes'))
  app.get('/stream', () => Readable.from(['stream']))
  app.get('/own', (_request, reply) => reply.header('etag', '"own"').send('text'))
}

export const requests = [
  ...['/text', '/json', '/bytes', '/stream', '/own'].map((path) => ({ path, status: 200 })),
  ({ 0: { headers } }) => ({ path: '/text', headers: { 'if-none-match': headers.etag }, status: 304 }),
  { path: '/own', headers: { 'if-none-match': '"own"' }, status: 304 }
]
