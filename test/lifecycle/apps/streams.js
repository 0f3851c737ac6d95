import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { create } from './create.js'

const later = () => new Promise((resolve) => setImmediate(resolve))

async function * slowly (...chunks) {
  for (const chunk of chunks) {
    await later()
    yield chunk
  }
}

async function * failing (...chunks) {
  yield * slowly(...chunks)
  await later()
  throw Object.assign(new RangeError('the stream failed'), { statusCode: 418, code: 'E_STREAM' })
}

/** What a handler on the loop may stream too, by name. */
export const streams = {
  'a Readable of texts': () => Readable.from(['one', 'two €', '😀']),
  'a Readable of bytes': () => Readable.from([Buffer.from('one'), Buffer.from([0, 255, 10])], { objectMode: false }),
  'a Readable that takes its time': () => Readable.from(slowly('one', 'two', 'three')),
  'a Readable with an encoding': () => Readable.from([Buffer.from('größe')], { objectMode: false }).setEncoding('latin1'),
  'a Readable of half a character each': () => Readable.from([Buffer.from('€').subarray(0, 1), Buffer.from('€').subarray(1)]),
  'a Readable of 3 MB': () => Readable.from(Array.from({ length: 48 }, (_, index) => Buffer.alloc(65_536, `${index},`))),
  'a Readable of one chunk of 3 MB': () => Readable.from([Buffer.alloc(3_000_000, 'chunk ')]),
  'a Readable of many small texts': () => Readable.from(Array.from({ length: 20_000 }, (_, index) => `line ${index} ä\n`)),
  'a Readable of nothing': () => Readable.from([]),
  'a Readable of nothing, later': () => Readable.from(slowly()),
  'a Readable of views of shared memory': () => Readable.from([new Uint8Array(Buffer.from('0123456789').buffer, 2, 3), Buffer.from('0123456789').subarray(2, 5)].slice(1)),
  'a PassThrough that is written to': () => {
    const stream = new PassThrough()
    stream.write('one')
    setImmediate(() => stream.end('two'))
    return stream
  },
  'a stream that has been destroyed': () => new PassThrough().destroy(),
  'a stream that fails before its first byte': () => Readable.from(failing()),
  'a web stream that fails before its first byte': () => ReadableStream.from(failing()),
  'a web stream': () => ReadableStream.from(slowly(Buffer.from('one'), new Uint8Array([50, 51]))),
  'a web stream of nothing': () => ReadableStream.from([]),
  'a locked web stream': () => {
    const stream = new Blob(['a']).stream()
    stream.getReader()
    return stream
  },
  'a Blob as a stream': () => new Blob(['blob']).stream(),
  'a Response': () => new Response('response'),
  'a Response with a status and headers': () => new Response('response', { status: 418, headers: [['x-own', 'own'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['content-type', 'text/x']] }),
  'a Response of JSON': () => Response.json({ json: true }),
  'a Response of a stream': () => new Response(ReadableStream.from(slowly(Buffer.from('streamed')))),
  'a Response of nothing': () => new Response(null),
  'a Response of nothing, 204': () => new Response(null, { status: 204 }),
  'a Response that is a redirect': () => Response.redirect('http://app.test/away', 303),
  'a Response that has been read': () => {
    const response = new Response('read')
    response.text()
    return response
  },
  'what can only be piped': () => Object.assign(new EventEmitter(), {
    pipe (target) {
      target.write('piped')
      later().then(() => target.end())
    },
    destroy () {}
  })
}

/** What breaks off once it has begun. */
export const broken = {
  'a Readable that fails': () => Readable.from(failing('one', 'two')),
  'a web stream that fails': () => ReadableStream.from(failing(Buffer.from('one'))),
  'a stream that is destroyed': () => {
    const stream = new PassThrough()
    stream.write('one')
    stream.once('data', () => setImmediate(() => stream.destroy(new Error('destroyed'))))
    return stream
  }
}

export const styles = {
  returned: (make) => () => make(),
  'returned by an async handler': (make) => async () => make(),
  sent: (make) => (_request, reply) => { reply.send(make()) },
  'sent later by an async handler that awaits the reply': (make) => async (_request, reply) => {
    setImmediate(() => reply.send(make()))
    await reply
  },
  'sent with a type, a status and a header': (make) => (_request, reply) => reply.code(203).type('text/csv').header('x-own', 'mine').send(make()),
  'sent with status 204': (make) => (_request, reply) => reply.code(204).send(make()),
  'sent with status 304': (make) => (_request, reply) => reply.code(304).header('etag', '"1"').send(make())
}

/** Hooks of a context, by what they do. */
export const contexts = {
  'no hooks': () => {},
  'an error handler': (app) => {
    app.setErrorHandler((error, _request, reply) => reply.code(500).send({ handled: error.message, code: error.code, isRange: error instanceof RangeError }))
  },
  'an onSend hook that compresses': (app) => {
    app.addHook('onSend', async (_request, reply, payload) => {
      const gzip = createGzip()
      reply.header('content-encoding', 'gzip').removeHeader('content-length')
      return payload?.pipe === undefined ? payload : payload.on('error', (error) => gzip.destroy(error)).pipe(gzip)
    })
  },
  'an onSend hook that puts a text in its place': (app) => {
    app.addHook('onSend', async (_request, _reply, payload) => payload?.pipe === undefined ? payload : 'replaced')
  },
  'a preSerialization hook, which streams do not have': (app) => {
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ wrapped: payload }))
  },
  'an onSend hook that adds a trailer': (app) => {
    app.addHook('onSend', async (_request, reply) => { if (reply.statusCode === 200) reply.trailer('x-sum', async () => 'sum') })
  }
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  const makers = Object.values(streams)
  for (const [index, style] of Object.values(styles).entries()) {
    app.get(`/${index}/:number`, { blocking }, (request, reply) => style(makers[request.params.number])(request, reply))
  }
  for (const [index, prepare] of Object.values(contexts).entries()) {
    app.register(async (context) => {
      prepare(context)
      context.get('/:number', { blocking }, (request) => makers[request.params.number]())
    }, { prefix: `/context/${index}` })
  }
  const breaking = Object.values(broken)
  app.get('/broken/:number', { blocking }, (request) => breaking[request.params.number]())
  return app
}
