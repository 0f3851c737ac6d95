import { create } from '../../lifecycle/apps/create.js'

/** Headers that cannot be made a text, as a handler may set them by mistake: what a parser has made of a form has no prototype. */
export const headers = {
  'an object without a prototype': () => Object.create(null),
  'an object whose toString throws': () => ({ toString () { throw new RangeError('no text') } }),
  'a list with such an object': () => ['fine', Object.create(null)],
  'a symbol': () => Symbol('sign'),
  'an object with a text': () => new URL('http://localhost/a'),
  undefined: () => undefined,
  'a line break': () => 'a\r\nset-cookie: b=c'
}

export const names = ['a b', '', 'a\r\nb', 'é', 'constructor', 'toString']

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { minThreads: 1, maxThreads: 1, execArgv: [] } })
  const makers = Object.values(headers)
  app.get('/:number', { blocking }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).send('sent'))
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
  app.get('/two/:number', { blocking }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).header('x-odder', '\0').send('sent'))
  app.get('/handled/:number', {
    blocking,
    errorHandler: (error, _request, reply) => { reply.removeHeader('x-odd').code(418).send({ handled: error.message }) }
  }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).send('sent'))
  return app
}
