import { Readable } from 'node:stream'
import { create } from './create.js'

/** What a handler may do to the raw response, by what it does. Each is a route of its own. */
export const handlers = {
  'a name with capitals': (_request, { raw }) => { raw.setHeader('X-Raw-Name', 'raw') },
  'a name set twice, in another case': (_request, { raw }) => { raw.setHeader('x-raw', 'one').setHeader('X-RAW', 'two') },
  'a name appended to, in another case': (_request, { raw }) => {
    raw.appendHeader('X-Raw', 'one')
    raw.appendHeader('x-raw', ['two', 'three'])
  },
  'the name __proto__': (_request, { raw }) => { raw.setHeader('__proto__', 'raw') },
  'the name constructor': (_request, { raw }) => { raw.setHeader('constructor', 'raw') },
  'a list with undefined': (_request, { raw }) => { raw.setHeader('X-List', ['a', undefined, 'b']) },
  'an empty list': (_request, { raw }) => { raw.setHeader('X-List', []) },
  'a number': (_request, { raw }) => { raw.setHeader('X-Number', 1.5) },
  null: (_request, { raw }) => { raw.setHeader('X-Null', null) },
  'what has a text': (_request, { raw }) => { raw.setHeader('X-Text', new URL('http://localhost/a')) },
  'several at once': (_request, { raw }) => { raw.setHeaders(new Map([['X-One', '1'], ['X-Two', ['2', '3']]])) },
  'several at once, of Headers': (_request, { raw }) => { raw.setHeaders(new Headers([['X-One', '1'], ['Set-Cookie', 'a=1'], ['set-cookie', 'b=2']])) },
  'several at once, of what is no Headers': (_request, { raw }) => { raw.setHeaders({ 'x-one': '1' }) },
  'one that the reply has too': (_request, reply) => {
    reply.raw.setHeader('X-Both', 'raw')
    reply.header('x-both', 'reply')
  },
  'one that the reply has too, and no longer': (_request, reply) => {
    reply.raw.setHeader('X-Both', 'raw')
    reply.header('x-both', 'reply').removeHeader('X-Both')
  },
  'several, between those of the reply': (_request, reply) => {
    reply.header('x-b', 'b').raw.setHeader('X-C', 'c')
    reply.header('x-a', 'a').raw.setHeader('X-A-Raw', 'a')
  },
  'one that a hook has set, removed': (_request, { raw }) => { raw.removeHeader('x-hook') },
  'one that a hook has set, appended to': (_request, { raw }) => { raw.appendHeader('x-hook', 'again') },
  'one that a hook has set, seen': (_request, { raw }) => [raw.getHeader('X-HOOK'), raw.getHeaderNames(), raw.getRawHeaderNames(), raw.hasHeader('x-hook'), raw.getHeaders()],
  'cookies there and on the reply': (_request, reply) => {
    reply.raw.setHeader('Set-Cookie', ['a=1', 'b=2'])
    reply.header('set-cookie', 'c=3')
  },
  'a type': (_request, { raw }) => { raw.setHeader('Content-Type', 'text/html') },
  'a length': (_request, { raw }) => { raw.setHeader('Content-Length', '4') },
  'that the connection is to be closed': (_request, { raw }) => { raw.setHeader('Connection', 'close') },
  'no Date': (_request, { raw }) => { raw.removeHeader('date') },
  'no Date, otherwise': (_request, { raw }) => { raw.sendDate = false },
  'no Connection': (_request, reply) => { reply.removeHeader('connection') },
  'no Content-Length': (_request, { raw }) => { raw.removeHeader('content-length') },
  'a status': (_request, { raw }) => { raw.statusCode = 299 },
  'a status and its message': (_request, { raw }) => {
    raw.statusCode = 201
    raw.statusMessage = 'Quite Made'
  },
  'the message that there is': (_request, { raw }) => [raw.statusCode, raw.statusMessage ?? 'none'],
  'no message any more': (_request, { raw }) => { raw.statusMessage = '' },
  'an error after all of it': (_request, reply) => {
    reply.raw.setHeader('X-Raw', 'raw').removeHeader('date')
    reply.raw.statusCode = 418
    reply.raw.statusMessage = 'Teapot'
    throw new Error('after')
  },
  'a status message, and then errors up to the last resort': (_request, reply) => {
    reply.raw.statusMessage = 'Last Resort'
    reply.raw.setHeader('X-Raw', 'raw')
    reply.header('x-reply', 'reply')
    const circular = []
    circular.push(circular)
    throw circular
  },
  'a header of the reply that is wrong': (_request, reply) => {
    reply.raw.setHeader('X-Raw', 'raw')
    reply.header('x-wrong', 'a\r\nb')
  },
  nothing: (_request, reply) => {
    reply.raw.setHeader('X-Raw', 'raw')
    reply.code(204).send()
    return reply
  },
  'a stream': (_request, reply) => {
    reply.raw.setHeader('X-Raw', 'raw').removeHeader('transfer-encoding')
    return Readable.from(['str', 'eam'])
  },
  'an empty stream': (_request, reply) => {
    reply.raw.removeHeader('content-length')
    return Readable.from([])
  }
}

/** The same with a hook on the loop that has set some already, and with dependencies on either side of it. */
export const prefixes = ['', '/hooked']

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { maxThreads: 1, execArgv: [] } })
  // What is no Error is sent, by Fastify's own error handler, which has no other way once that fails.
  app.setErrorHandler(async (error) => { throw error })
  for (const [index, handler] of Object.values(handlers).entries()) {
    const handle = (request, reply) => handler(request, reply) ?? 'text'
    app.get(`/${index}`, { blocking }, handle)
    app.get(`/hooked/${index}`, {
      blocking,
      preHandler: async (_request, { raw }) => {
        raw.setHeader('X-Hook', 'hook')
        raw.statusMessage = 'Of A Hook'
      },
      onSend: async (_request, { raw }, payload) => {
        raw.setHeader('X-Names', raw.getRawHeaderNames().join(' '))
        return payload
      }
    }, handle)
  }
  return app
}
