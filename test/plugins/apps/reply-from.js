import replyFrom from '@fastify/reply-from'
import Fastify from 'fastify'

export const plugin = '@fastify/reply-from'
export const uses = '`reply.from`, with a body, changed headers, another URL, an upstream that fails'

/** What is behind it. */
export async function surround () {
  const upstream = Fastify({ forceCloseConnections: true })
  upstream.all('/*', async (request, reply) => {
    if (request.url === '/fails') reply.code(502)
    const { host, ...headers } = request.headers
    return reply.header('x-upstream', 'yes').send({ method: request.method, url: request.url, headers, body: request.body })
  })
  const origin = await upstream.listen({ host: '127.0.0.1', port: 0 })
  return { given: { origin }, close: () => upstream.close() }
}

export default async function (app, { origin }) {
  await app.register(replyFrom, { base: origin })
  app.get('/plain', (_request, reply) => { reply.from('/there') })
  app.get('/async', async (_request, reply) => reply.from('/there?x=1'))
  app.get('/same', (_request, reply) => reply.from())
  app.get('/changed', (_request, reply) => reply.from('/there', {
    rewriteRequestHeaders: (_request, headers) => ({ ...headers, 'x-added': 'to the request' }),
    rewriteHeaders: (headers) => ({ ...headers, 'x-added': 'to the response' }),
    onResponse: (_request, reply, response) => reply.code(201).send(response.stream ?? response)
  }))
  app.post('/body', (_request, reply) => reply.from('/there'))
  app.post('/other', (_request, reply) => reply.from('/there', { body: { changed: true } }))
  app.get('/fails', (_request, reply) => reply.from('/fails'))
  app.get('/gone', (_request, reply) => reply.from('http://127.0.0.1:1/'))
}

const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' }

export const requests = [
  { path: '/plain', headers: { 'x-own': 'header' }, status: 200 },
  { path: '/async', status: 200 },
  { path: '/same', status: 200 },
  { path: '/changed', status: 201 },
  { path: '/body', ...post, status: 200 },
  { path: '/other', ...post, status: 200 },
  { path: '/fails', status: 502 },
  { path: '/gone', status: 500 }
]
