import { create } from './create.js'

const long = 'long ä '.repeat(20_000)

/** What handlers answer where hooks are around them. */
export const answers = {
  object: () => ({ from: 'handler' }),
  text: () => 'from the handler',
  'long text': () => long,
  'long object': () => ({ long }),
  bytes: () => Buffer.from('bytes'),
  'many bytes': () => Buffer.alloc(100_000, 'bytes'),
  nothing: (_request, reply) => reply.send(),
  null: (_request, reply) => reply.send(null),
  'status 204': (_request, reply) => reply.code(204).send(),
  error: () => { throw Object.assign(new Error('from the handler'), { statusCode: 418 }) },
  'not found': (_request, reply) => reply.callNotFound()
}

const kindOf = (payload) => payload === null ? 'null' : Buffer.isBuffer(payload) ? 'buffer' : typeof payload

/** Hooks of a context, by what they do. Each has a prefix of its own. */
export const contexts = {
  'no hooks': () => {},
  'hooks that set headers, a status and cookies before the handler': (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('x-order', 'request').header('set-cookie', 'a=1') })
    app.addHook('preParsing', async (_request, reply) => { reply.code(203) })
    app.addHook('preValidation', (_request, reply, done) => {
      reply.headers({ 'x-order': `${reply.getHeader('x-order')}, validation`, 'set-cookie': ['b=2', 'c=3'] })
      done()
    })
    app.addHook('preHandler', async (_request, reply) => {
      reply.type('application/special+json')
      reply.raw.setHeader('x-raw', ['raw', 'list'])
    })
  },
  'an onSend hook that changes texts': (app) => {
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.header('x-kind', kindOf(payload))
      return typeof payload === 'string' ? payload.toUpperCase() : payload
    })
  },
  'onSend hooks one after the other, that replace the payload': (app) => {
    app.addHook('onSend', (_request, reply, payload, done) => done(null, Buffer.from(`(${String(payload)})`)))
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.code(299).removeHeader('content-type').header('x-kind', kindOf(payload))
      return `[${payload}]`
    })
  },
  'an onSend hook that takes the payload away': (app) => {
    app.addHook('onSend', (_request, reply, _payload, done) => {
      reply.code(304).removeHeader('content-type')
      done(null, null)
    })
  },
  'an onSend hook that fails': (app) => {
    app.addHook('onSend', async (_request, reply) => {
      if (reply.hasHeader('x-failed')) return
      reply.header('x-failed', 'yes')
      throw Object.assign(new Error('onSend failed'), { statusCode: 512, headers: { 'x-error': 'of onSend' } })
    })
  },
  'an onSend hook that fails, and an error handler': (app) => {
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (reply.hasHeader('x-failed')) return done()
      reply.header('x-failed', 'yes')
      done(new Error('onSend failed'))
    })
    app.setErrorHandler((error, _request, reply) => { reply.code(513).send({ handled: error.message }) })
  },
  'preSerialization hooks': (app) => {
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ first: payload }))
    app.addHook('preSerialization', (_request, reply, payload, done) => {
      reply.header('x-serialized', typeof payload)
      done(null, { second: payload })
    })
  },
  'a preSerialization hook that fails': (app) => {
    app.addHook('preSerialization', async (_request, reply, payload) => {
      if (payload?.handled === true) return payload
      throw new RangeError('preSerialization failed')
    })
    app.setErrorHandler((error, _request, reply) => { reply.code(514).send({ handled: true, range: error instanceof RangeError }) })
  },
  'onError hooks': (app) => {
    app.addHook('onError', async (_request, reply, error) => { reply.header('x-error', error.message) })
    app.addHook('onError', (_request, reply, error, done) => {
      reply.header('x-error-status', error.statusCode)
      done()
    })
  },
  'a not-found handler': (app) => {
    app.setNotFoundHandler({
      preValidation: async (_request, reply) => { reply.header('x-missing', 'validated') },
      preHandler: (request, reply, done) => {
        reply.header('x-looked-for', request.url)
        done()
      }
    }, function (request, reply) {
      reply.code(404).send({ missing: request.url, is404: request.is404, prefix: this.prefix, headers: reply.getHeaders() })
    })
  },
  'a hook that answers instead of the handler': (app) => {
    app.addHook('preHandler', async (_request, reply) => {
      reply.code(401).send({ from: 'hook' })
      return reply
    })
  },
  'a hook that fails instead of the handler': (app) => {
    app.addHook('onRequest', async () => { throw Object.assign(new Error('refused'), { statusCode: 403 }) })
    app.setErrorHandler((error, _request, reply) => { reply.send({ handled: error.message }) })
  },
  'hooks that were added after the routes': (app) => {
    queueMicrotask(() => app.addHook('onSend', async (_request, _reply, payload) => `late ${kindOf(payload)}`))
  }
}

/** What handlers do with what hooks have set before. */
export const touches = {
  'changes a header of a hook': (_request, reply) => reply.header('x-hook', 'changed').send('done'),
  'removes a header of a hook': (_request, reply) => reply.removeHeader('x-hook').send('done'),
  'removes a raw header of a hook': (_request, reply) => reply.removeHeader('x-raw').send('done'),
  'changes a raw header of a hook': (_request, reply) => {
    reply.raw.setHeader('x-raw', 'changed')
    reply.send('done')
  },
  'sees what hooks have set': (_request, reply) => ({ all: reply.getHeaders(), status: reply.statusCode, hook: reply.getHeader('X-Hook'), has: reply.hasHeader('set-cookie') }),
  'changes the status of a hook': (_request, reply) => reply.code(200).send('done'),
  'adds cookies to those of a hook': (_request, reply) => reply.header('set-cookie', 'c=3').header('set-cookie', ['d=4']).send('done'),
  'removes the cookies of a hook': (_request, reply) => reply.removeHeader('set-cookie').send('done'),
  'replaces the cookies of a hook': (_request, reply) => reply.removeHeader('set-cookie').header('set-cookie', 'only=1').send('done'),
  'throws with what hooks have set': () => { throw new Error('thrown') },
  'redirects after a hook has set a status': (_request, reply) => reply.redirect('/away'),
  'calls the not-found handler with what hooks have set': (_request, reply) => reply.header('x-own', 'own').callNotFound(),
  'calls the not-found handler after a status': async (_request, reply) => {
    reply.code(410).callNotFound()
    return reply
  },
  'calls the not-found handler later': (_request, reply) => { setImmediate(() => reply.removeHeader('x-hook').callNotFound()) },
  'sends bytes under the type of a hook': (_request, reply) => reply.send(Buffer.from('bytes')),
  'sends an object under the type of a hook': (_request, reply) => reply.send({ a: 1 })
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  for (const [index, prepare] of Object.values(contexts).entries()) {
    app.register(async (context) => {
      prepare(context)
      for (const [number, handler] of Object.values(answers).entries()) context.get(`/${number}`, { blocking }, handler)
    }, { prefix: `/context/${index}` })
  }
  const routeHooks = {
    onRequest: async (_request, reply) => { reply.header('x-route', '1') },
    preHandler: [(_request, _reply, done) => done(), async (_request, reply) => { reply.header('x-route', '2') }],
    preSerialization: async (_request, _reply, payload) => ({ wrapped: payload }),
    onError: async (_request, reply) => { reply.header('x-on-error', '1') },
    onSend: [async (_request, reply, payload) => {
      reply.header('x-kind', kindOf(payload))
      return payload
    }]
  }
  app.register(async (context) => {
    context.addHook('onRequest', async (_request, reply) => {
      reply.code(202).header('x-hook', 'hook').header('set-cookie', ['a=1', 'b=2']).type('application/hook+json')
      reply.raw.setHeader('x-raw', 'raw')
    })
    context.setNotFoundHandler({ preHandler: async (_request, reply) => { reply.header('x-pre', 'pre') } }, (request, reply) => {
      reply.send({ nothing: request.url, headers: reply.getHeaders(), status: reply.statusCode })
    })
    for (const [number, handler] of Object.values(touches).entries()) context.get(`/${number}`, { blocking }, handler)
  }, { prefix: '/touch' })
  for (const [number, handler] of Object.values(answers).entries()) app.get(`/route/${number}`, { blocking, ...routeHooks }, handler)
  return app
}
