import { create } from './create.js'

const later = (send) => new Promise((resolve) => setImmediate(() => resolve(send())))

/** Handlers that use the reply, by what they do. Each is a route of its own. */
export const handlers = {
  'a status set by code()': (_request, reply) => reply.code(201).send({ made: true }),
  'a status set by status()': (_request, reply) => reply.status(202).send('accepted'),
  'a status given as a text': (_request, reply) => reply.code('203').send({}),
  'a status set by assignment': (_request, reply) => {
    reply.statusCode = 207
    return { status: reply.statusCode }
  },
  'a status set on the raw response': (_request, reply) => {
    reply.raw.statusCode = 208
    return 'raw status'
  },
  'a status text set on the raw response': (_request, reply) => {
    reply.raw.statusMessage = 'Quite Fine'
    return 'raw status text'
  },
  'a status that is too low': (_request, reply) => reply.code(99).send('never'),
  'a status that is not a number, set by an async handler': async (_request, reply) => reply.code('many').send('never'),
  'a header': (_request, reply) => reply.header('X-One', 'one').send('header'),
  'headers of every type': (_request, reply) => reply.headers({
    'x-number': 42, 'x-true': true, 'x-list': ['a', 'b'], 'x-empty': '', 'x-date': new Date(0).toUTCString()
  }).send('headers'),
  'a header without a value': (_request, reply) => reply.header('x-nothing').header('x-undefined', undefined).send('headers'),
  'a header that is an object': (_request, reply) => reply.header('x-object', { toString: () => 'as text' }).send('headers'),
  'a header that is a list of numbers': (_request, reply) => reply.header('x-numbers', [1, 2]).send('headers'),
  'a header that is null': (_request, reply) => reply.header('x-null', null).send('null header'),
  'a header of a raw name': (_request, reply) => {
    reply.raw.setHeader('X-Raw', 'raw')
    return { raw: reply.getHeader('x-raw'), has: reply.hasHeader('X-RAW'), all: reply.getHeaders() }
  },
  'a header appended to the raw response': (_request, reply) => {
    reply.raw.appendHeader('x-many', 'one')
    reply.raw.appendHeader('x-many', 'two')
    return { all: reply.getHeaders() }
  },
  'a header set twice': (_request, reply) => reply.header('x-one', 'one').header('X-One', 'two').send('header'),
  'a header removed again': (_request, reply) => {
    reply.header('x-one', 'one').removeHeader('X-One')
    return { has: reply.hasHeader('x-one'), one: reply.getHeader('x-one') ?? 'none' }
  },
  'cookies one by one': (_request, reply) => reply.header('set-cookie', 'a=1').header('Set-Cookie', 'b=2').header('set-cookie', ['c=3']).send('cookies'),
  'a list of cookies': (_request, reply) => reply.header('set-cookie', ['a=1', 'b=2']).send({ cookies: reply.getHeader('set-cookie') }),
  'a header value with a line break': (_request, reply) => reply.header('x-bad', 'a\r\nb').send('never'),
  'a header value that is not latin1': (_request, reply) => reply.header('x-bad', '€').send('never'),
  'a header name with a space': (_request, reply) => reply.header('x bad', 'value').send('never'),
  'a header value with a line break, set by an async handler': async (_request, reply) => {
    reply.header('x-bad', 'a\nb')
    return 'never'
  },
  'a header value in latin1': (_request, reply) => reply.header('x-latin', 'größe').send('latin'),
  'a content-length that is right': (_request, reply) => reply.header('content-length', 5).send('right'),
  'a content-length that is wrong': (_request, reply) => reply.header('content-length', 500).send('wrong'),
  'an etag and a cache-control': (_request, reply) => reply.header('etag', '"1"').header('cache-control', 'no-store').send({ tag: 1 }),
  'a 304 with an etag': (_request, reply) => reply.code(304).header('etag', '"1"').send(),
  'a connection that is to be closed': (_request, reply) => reply.header('connection', 'close').send('bye'),
  'a type': (_request, reply) => reply.type('text/html').send('<p>hello</p>'),
  'a type with a charset': (_request, reply) => reply.type('application/json; charset=latin1').send({ a: 1 }),
  'a type of JSON with a text': (_request, reply) => reply.type('application/json').send('{"already":"JSON"}'),
  'a type of JSON that is not the plain one': (_request, reply) => reply.type('application/problem+json').send({ title: 'problem' }),
  'a media type read back': (_request, reply) => {
    reply.type('Text/HTML; charset=utf-8')
    return reply.mediaType
  },
  'a redirect': (_request, reply) => reply.redirect('/elsewhere'),
  'a redirect with a status': (_request, reply) => reply.redirect('/elsewhere', 301),
  'a redirect after a status': (_request, reply) => reply.code(307).redirect('https://app.test/?a=b c'),
  'a redirect returned by an async handler': async (_request, reply) => reply.redirect('/elsewhere', 303),
  'a serializer for the reply': (_request, reply) => reply.type('application/x-pairs').serializer((payload) => Object.entries(payload).join(';')).send({ a: 1, b: 2 }),
  'a serializer that gives bytes': (_request, reply) => reply.type('application/octet-stream').serializer(() => Buffer.from([0, 255, 10])).send({ a: 1 }),
  'a serializer, but no type': (_request, reply) => reply.serializer(() => 'untyped').send({ a: 1 }),
  'a serializer that gives bytes, but no type': (_request, reply) => reply.serializer(() => Buffer.from('untyped')).send({ a: 1 }),
  'a serializer that gives a long text, but no type': (_request, reply) => reply.serializer(() => 'untyped '.repeat(1_000)).send({ a: 1 }),
  'an object that is to be a text': (_request, reply) => reply.type('text/xml').send({ a: 1 }),
  'a serializer for a text': (_request, reply) => reply.type('application/json').serializer((payload) => `"${payload}!"`).send('text'),
  'a serializer that gives a number': (_request, reply) => reply.serializer(() => 42).send({ a: 1 }),
  'a serializer that gives an object': (_request, reply) => reply.serializer(() => ({ not: 'a text' })).send({ a: 1 }),
  'a serializer that gives a typed array': (_request, reply) => reply.serializer(() => new Uint8Array([1, 2])).send({ a: 1 }),
  'a serializer that gives a part of a typed array': (_request, reply) => reply.serializer(() => new Float64Array(4).subarray(1, 3)).send({ a: 1 }),
  'a serializer that gives a DataView': (_request, reply) => reply.serializer(() => new DataView(new ArrayBuffer(8), 2, 3)).send({ a: 1 }),
  'a serializer that gives nothing': (_request, reply) => reply.serializer(() => undefined).send({ a: 1 }),
  'a serializer that throws': (_request, reply) => reply.serializer(() => { throw Object.assign(new Error('no text'), { statusCode: 422 }) }).send({ a: 1 }),
  'a serializer that gives an invalid type, in an async handler': async (_request, reply) => {
    reply.serializer(() => ({ not: 'a text' }))
    return { a: 1 }
  },
  'what the reply can serialize itself': (_request, reply) => ({
    plain: reply.serialize({ a: 1 }),
    compiled: reply.compileSerializationSchema({ type: 'object', properties: { a: { type: 'string' } } })({ a: 1, b: 2 }),
    input: reply.serializeInput({ a: 1, b: 2 }, { type: 'object', properties: { b: { type: 'number' } } }),
    missing: typeof reply.getSerializationFunction('200')
  }),
  'an answer sent twice': (_request, reply) => {
    reply.send('first')
    reply.send('second')
  },
  'an answer sent and another returned': (_request, reply) => {
    reply.send('first')
    return 'second'
  },
  'an answer sent and another returned by an async handler': async (_request, reply) => {
    reply.send('first')
    return 'second'
  },
  'an answer sent and nothing returned by an async handler': async (_request, reply) => { reply.send('first') },
  'an answer sent before an async handler throws': async (_request, reply) => {
    reply.send('first')
    throw new Error('too late')
  },
  'an answer sent before the handler throws': (_request, reply) => {
    reply.send('first')
    throw new Error('too late')
  },
  'an answer sent twice, later': (_request, reply) => {
    setImmediate(() => {
      reply.send('first')
      reply.code(500).send('second')
    })
  },
  'a status set after the answer': (_request, reply) => {
    reply.send('first')
    reply.code(500).header('x-late', 'late')
  },
  'whether the reply is sent': async (_request, reply) => {
    const before = reply.sent
    await later(() => {})
    return { before, after: reply.sent }
  },
  'nothing from an async handler': async () => {},
  'nothing from an async handler with status 204': async (_request, reply) => { reply.code(204) },
  'nothing sent': (_request, reply) => { reply.send() },
  'nothing sent later': (_request, reply) => { setTimeout(() => reply.code(202).send(), 1) },
  'a promise made by hand': () => ({ then: (resolve) => resolve({ promised: true }) }),
  'a promise that is returned without async': () => later(() => ({ promised: true })),
  'the time that has passed': (_request, reply) => ({ isTime: reply.elapsedTime >= 0, type: typeof reply.elapsedTime }),
  'what belongs to the reply': (request, reply) => ({
    server: reply.server === request.server,
    request: reply.request === request,
    raw: reply.raw.req === request.raw,
    sent: reply.sent,
    status: reply.statusCode,
    url: reply.routeOptions.url
  })
}

/** With a hook that takes its time Fastify itself sends a mix of both answers. */
const racing = [
  'an answer sent twice',
  'an answer sent and another returned',
  'an answer sent before the handler throws',
  'an answer sent twice, later',
  'a status set after the answer'
]

/** What is answered alike with hooks around it too. */
export const hooked = Object.keys(handlers).filter((title) => !racing.includes(title))

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  for (const [index, handler] of Object.values(handlers).entries()) {
    app.get(`/${index}`, { blocking }, handler)
    // Without hooks an answer takes shorter ways.
    app.get(`/hooked/${index}`, {
      blocking,
      preHandler: async (_request, reply) => { reply.header('x-before', 'before') },
      preSerialization: async (_request, _reply, payload) => payload,
      onSend: async (_request, reply, payload) => {
        reply.header('x-length', String(payload ?? '').length)
        return payload
      }
    }, handler)
  }
  return app
}
