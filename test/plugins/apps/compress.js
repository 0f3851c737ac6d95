import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import compress from '@fastify/compress'

export const plugin = '@fastify/compress'
export const uses = '`reply.compress`, and its hooks with texts, objects, Buffers and streams'

const long = 'a long text '.repeat(500)

export default async function (app) {
  await app.register(compress, { encodings: ['gzip', 'br', 'deflate'], threshold: 100 })
  app.get('/text', () => long)
  app.get('/json', () => ({ long }))
  app.get('/bytes', (_request, reply) => reply.type('text/plain').send(Buffer.from(long)))
  app.get('/stream', (_request, reply) => reply.type('text/plain').send(Readable.from([long, long])))
  app.get('/short', () => 'short')
  app.get('/none', { compress: false }, () => long)
  app.get('/called', (_request, reply) => reply.type('text/plain').compress(long))
  app.get('/called-json', (_request, reply) => { reply.compress({ long }) })
  app.get('/called-stream', (_request, reply) => reply.type('text/plain').compress(Readable.from([long, long])))
  app.post('/body', (request) => ({ length: request.body.long.length }))
}

const gzip = { 'accept-encoding': 'gzip' }

export const requests = [
  ...['/text', '/json', '/bytes', '/stream', '/short', '/none', '/called', '/called-json', '/called-stream'].flatMap((path) => [
    { path, headers: gzip, status: 200 },
    { path, headers: { 'accept-encoding': 'br' }, status: 200 },
    { path, status: 200 }
  ]),
  { path: '/body', method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify({ long })), status: 200 },
  { path: '/text', headers: { 'accept-encoding': 'identity;q=0' }, status: 200 }
]
