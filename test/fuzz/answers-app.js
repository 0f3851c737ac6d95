import { Readable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'
import { create } from '../lifecycle/apps/create.js'
import { make } from './making.js'

/** Handlers that do what the request's body says, on the loop or blocking. */
export async function build ({ blocking }) {
  const server = { bodyLimit: 10_000_000, keepAliveTimeout: 0, forceCloseConnections: true }
  const app = await create(import.meta.url, { blocking }, server, { pool: { minThreads: 1, maxThreads: 1, execArgv: [] }, timeout: 60_000, queue: { timeout: 60_000 } })
  // On the loop Fastify would make {} of an iterator: docs/streams.md.
  const give = (value) => isMainThread && ['generator', 'asyncGenerator'].includes(value[0]) ? Readable.from(make(value)) : make(value)
  // Otherwise what is thrown through it Fastify's parser of the body takes for an error of its own.
  app.addHook('preValidation', async () => {})
  // The plugin has one too, see lib/request/background.ts: what is thrown through it Fastify catches.
  app.addHook('onError', (_request, _reply, _error, done) => done())
  app.decorateRequest('left', null)
  app.decorateReply('left', null)
  app.setErrorHandler((error, request, reply) => {
    const { failure } = request.body
    if (failure === 'throws') throw make(request.body.value)
    if (failure === 'default') return reply.send(error)
    if (failure === 'returns') return give(request.body.value) ?? reply.send()
    if (!(reply.statusCode >= 400)) reply.code(error?.statusCode >= 400 && error.statusCode < 600 ? error.statusCode : 500)
    reply.send({ failed: String(error?.message), name: String(error?.name), code: String(error?.code), isRange: error instanceof RangeError })
  })
  // What the handler has put on the request and the reply, as a hook on the loop finds it.
  app.addHook('onSend', async (request, reply) => {
    for (const [what, object] of [['request', request], ['reply', reply]]) {
      for (const name of request.body?.looked ?? []) {
        if (Object.hasOwn(object, name)) reply.header(`x-${what}-${Buffer.from(name).toString('hex')}`, print(() => object[name]))
      }
    }
  })
  app.post('/do', { blocking }, function handle (request, reply) {
    const { steps, style, value } = request.body
    return styles[style](() => {
      for (const [step, ...rest] of steps) doStep[step](request, reply, ...rest)
      return give(value)
    }, reply)
  })
  app.get('/last', { blocking }, (request, reply) => ({
    last: true,
    left: [request.left, reply.left],
    own: Object.keys(request).filter((name) => /^(proto|constructor|toJSON|then|custom)/.test(name)),
    headers: reply.getHeaders(),
    polluted: Object.getOwnPropertyNames(Object.prototype).filter((name) => !known.has(name))
  }))
  return app
}

const known = new Set(Object.getOwnPropertyNames(Object.prototype))

function print (read) {
  try {
    const value = read()
    const kind = Object.prototype.toString.call(value).slice(8, -1)
    return `${kind} ${JSON.stringify(value)?.replace(/[^ -~]/g, '?').slice(0, 500)}`
  } catch (error) {
    return `throws ${error.code}`
  }
}

const later = () => new Promise((resolve) => setImmediate(resolve))

const styles = {
  // Of nothing Fastify thinks that an answer follows.
  returns: (give, reply) => give() ?? reply.send(),
  'returns async': async (give) => give(),
  'returns later': async (give) => {
    await later()
    return give()
  },
  sends: (give, reply) => { reply.send(give()) },
  'sends later': (give, reply) => { setImmediate(() => { try { reply.send(give()) } catch (error) { reply.send(error) } }) },
  'sends async': async (give, reply) => reply.send(give()),
  'sends twice': (give, reply) => {
    reply.send(give())
    reply.send('twice')
  },
  'sends and throws': (give, reply) => {
    reply.send(give())
    throw new Error('after')
  },
  redirects: (give, reply) => { reply.redirect(give()) },
  throws: (give) => { throw give() },
  'throws async': async (give) => { throw give() },
  'throws later': async (give) => {
    await later()
    throw give()
  }
}

const doStep = {
  code: (_request, reply, code) => { reply.code(make(code)) },
  status: (_request, reply, code) => { reply.raw.statusCode = make(code) },
  message: (_request, reply, message) => { reply.raw.statusMessage = make(message) },
  header: (_request, reply, name, value) => { reply.header(name, make(value)) },
  headers: (_request, reply, value) => { reply.headers(make(value)) },
  rawHeader: (_request, reply, name, value) => { reply.raw.setHeader(name, make(value)) },
  rawAppend: (_request, reply, name, value) => { reply.raw.appendHeader(name, make(value)) },
  remove: (_request, reply, name) => { reply.removeHeader(name) },
  rawRemove: (_request, reply, name) => { reply.raw.removeHeader(name) },
  type: (_request, reply, type) => { reply.type(type) },
  serializer: (_request, reply, value) => { reply.serializer(() => make(value)) },
  left: (request, reply) => { request.left = reply.left = 'left' },
  put: (request, reply, on, name, value) => { Object.defineProperty(on === 'request' ? request : reply, name, { value: make(value), writable: true, enumerable: true, configurable: true }) },
  hijack: (_request, reply) => { reply.hijack() },
  trailer: (_request, reply) => { reply.trailer('x', (_reply, _payload, done) => done(null, 'x')) },
  write: (_request, reply) => { reply.raw.write('a') },
  writeHead: (_request, reply) => { reply.raw.writeHead(200, { 'x-a': 'b' }) },
  end: (_request, reply) => { reply.raw.end('a') },
  hints: (_request, reply) => { reply.raw.writeEarlyHints({ link: '</a>' }) },
  destroy: (_request, reply) => { reply.raw.destroy() }
}
