import { Readable } from 'node:stream'
import { create } from '../../lifecycle/apps/create.js'

/** Headers that cannot be made a text, as a handler may set them by mistake: what a parser has made of a form has no prototype. */
export const headers = {
  'a list of a text that is refused and what throws': () => ['line\nbreak', { toString () { throw new Error('no text') } }],
  'a list of undefined and what throws': () => [undefined, { toString () { throw new Error('no text') } }],
  'an object without a prototype': () => Object.create(null),
  'an object whose toString throws': () => ({ toString () { throw new RangeError('no text') } }),
  'a list with such an object': () => ['fine', Object.create(null)],
  // eslint-disable-next-line no-sparse-arrays
  'a list with a hole': () => ['fine', , 'fine'],
  'a list with undefined': () => ['fine', undefined],
  'a symbol': () => Symbol('sign'),
  'an object with a text': () => new URL('http://localhost/a'),
  undefined: () => undefined,
  'a line break': () => 'a\r\nset-cookie: b=c'
}

export const names = ['a b', '', 'a\r\nb', 'é', 'constructor', 'toString']

/** What Node refuses when the head is written, where Fastify no longer expects an error: on the loop it ends the process. */
export const statuses = {
  'a message with a line break': (raw) => { raw.statusMessage = 'fine\r\nset-cookie: a=b' },
  'a message of another alphabet': (raw) => { raw.statusMessage = 'γεια' },
  'a message that is no text': (raw) => { raw.statusMessage = Object.create(null) },
  'a status of four digits': (raw) => { raw.statusCode = 1000 },
  'a status of one digit': (raw) => { raw.statusCode = 9 },
  'a status that is no number': (raw) => { raw.statusCode = 'fine' }
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { minThreads: 1, maxThreads: 1, execArgv: [] } })
  const makers = Object.values(headers)
  app.get('/:number', { blocking }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).send('sent'))
  app.get('/status/:number', { blocking }, (request, reply) => {
    Object.values(statuses)[request.params.number](reply.raw)
    return 'sent'
  })
  app.get('/message/:number', { blocking }, (request, reply) => {
    reply.raw.statusMessage = [{}, 7, null, undefined, '', ['a', 'b'], new URL('http://localhost/a'), 'Really fine'][request.params.number]
    return 'sent'
  })
  app.get('/code/:number', { blocking }, (request, reply) => {
    reply.raw.statusCode = ['404', 404.7, [404], 404][request.params.number]
    return 'sent'
  })
  app.get('/raw/:number', { blocking }, (request, reply) => {
    reply.raw.setHeader('x-odd', makers[request.params.number]())
    return 'sent'
  })
  app.get('/appended/:number', { blocking }, (request, reply) => {
    reply.raw.appendHeader('x-odd', 'first')
    reply.raw.appendHeader('x-odd', makers[request.params.number]())
    return 'sent'
  })
  app.get('/named/:number', { blocking }, (request, reply) => {
    reply.raw.setHeader(names[request.params.number], 'value')
    return 'sent'
  })
  app.get('/trailer/:way', { blocking }, (request, reply) => {
    if (request.params.way === 'raw') reply.raw.setHeader('Trailer', 'x')
    else reply.header('trailer', 'x')
    reply.header('content-length', '5')
    return request.params.way === 'text' ? 'abcde' : Readable.from(['abcde'])
  })
  app.get('/coded/:number', { blocking }, (request, reply) => reply.code(404).header('x-odd', makers[request.params.number]()).send('sent'))
  app.get('/two/:number', { blocking }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).header('x-odder', '\0').send('sent'))
  app.get('/handled/:number', {
    blocking,
    errorHandler: (error, _request, reply) => { reply.removeHeader('x-odd').code(418).send({ handled: error.message }) }
  }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).send('sent'))
  return app
}
