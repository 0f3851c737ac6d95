import { create } from './create.js'

class Teapot extends Error {
  constructor (message, options) {
    super(message, options)
    this.name = 'Teapot'
  }

  get statusCode () { return 418 }
}

const withProperties = (message, properties) => Object.assign(new Error(message), properties)

/** What may be thrown, by name. */
export const thrown = {
  'an error': () => new Error('plain'),
  'an error of a builtin class': () => new RangeError('out of range'),
  'an error without a message': () => new Error(),
  'an error with a status code': () => withProperties('conflict', { statusCode: 409 }),
  'an error with a status': () => withProperties('gone', { status: 410 }),
  'an error with a status code that is a text': () => withProperties('text', { statusCode: '404' }),
  'an error with a status code that is none': () => withProperties('odd', { statusCode: 200 }),
  'an error with a status code above 599': () => withProperties('odd', { statusCode: 700 }),
  'an error with a code': () => withProperties('coded', { code: 'E_CODED', statusCode: 400 }),
  'an error with headers': () => withProperties('later', { statusCode: 429, headers: { 'Retry-After': '5', 'set-cookie': ['a=1', 'b=2'] } }),
  'an error of a class of its own': () => new Teapot('short and stout'),
  'an error with a cause': () => new Error('outer', { cause: new Teapot('inner') }),
  'several errors': () => new AggregateError([new Error('one'), new Teapot('two')], 'several'),
  'an error with validation results': () => withProperties('invalid', { validation: [{ message: 'must be' }], validationContext: 'body' }),
  'an error that cannot be changed': () => Object.freeze(withProperties('frozen', { statusCode: 423 })),
  'an error with a function': () => withProperties('functional', { explain: () => 'why', statusCode: 424 }),
  'a text': () => 'just a text',
  'an empty text': () => '',
  'an object': () => ({ statusCode: 402, message: 'like an error' }),
  'an object without a status': () => ({ some: 'thing' }),
  'an array': () => ['some', 'things'],
  'a number': () => 42,
  zero: () => 0,
  true: () => true,
  false: () => false,
  null: () => null,
  undefined: () => undefined
}

/** How it is thrown. */
export const ways = {
  'thrown by a handler': (make) => () => { throw make() },
  'thrown by an async handler': (make) => async () => { throw make() },
  'thrown by an async handler that has waited': (make) => async () => {
    await new Promise((resolve) => setImmediate(resolve))
    throw make()
  },
  'sent by a handler': (make) => (_request, reply) => { reply.send(make()) },
  'thrown after a status and headers': (make) => async (_request, reply) => {
    reply.code(422).headers({ 'content-type': 'text/html', 'content-length': 3, 'x-before': 'before' })
    throw make()
  }
}

const describe = (error) => ({
  isTeapot: error instanceof Teapot,
  isError: error instanceof Error,
  isAggregate: error instanceof AggregateError && error.errors.map(describe),
  name: error?.name,
  message: error?.message,
  code: error?.code,
  cause: error?.cause instanceof Error ? describe(error.cause) : undefined,
  explained: error?.explain?.(),
  thrown: error instanceof Error || error === undefined ? undefined : error,
  type: typeof error
})

/** The error handlers, by what they do. Each has a prefix of its own. */
export const errorHandlers = {
  'Fastify\'s own error handler': () => {},
  'an error handler that sends': (app) => {
    app.setErrorHandler(function (error, request, reply) {
      reply.code(reply.statusCode === 200 ? 555 : reply.statusCode).header('x-url', request.url)
        .send({ ...describe(error), prefix: this.prefix, status: reply.statusCode, sent: reply.sent, before: reply.getHeaders() })
    })
  },
  'an error handler that returns': (app) => {
    app.setErrorHandler((error, _request, reply) => {
      reply.code(error?.statusCode ?? 556)
      return { returned: describe(error) }
    })
  },
  'an async error handler': (app) => {
    app.setErrorHandler(async (error, _request, reply) => {
      await new Promise((resolve) => setImmediate(resolve))
      reply.status(557).type('text/plain')
      return `async: ${String(error?.message ?? error)}`
    })
  },
  'an error handler that sends the error on': (app) => {
    app.setErrorHandler((error, _request, reply) => {
      reply.header('x-seen', 'yes').send(error)
    })
  },
  'an error handler that throws': (app) => {
    app.setErrorHandler(() => { throw Object.assign(new Teapot('from the error handler'), { code: 'E_AGAIN' }) })
  },
  'an async error handler that throws': (app) => {
    app.setErrorHandler(async () => { throw new Teapot('from the async error handler') })
  },
  'an error handler of a child that throws to its parent\'s': (app) => {
    app.setErrorHandler((error, _request, reply) => {
      reply.code(558).send({ parent: describe(error) })
    })
    return (child) => child.setErrorHandler((error) => { throw new Error('from the child', { cause: error }) })
  },
  'an error handler of a child that rejects to its parent\'s': (app) => {
    app.setErrorHandler(async (error, _request, reply) => {
      reply.code(559)
      return { parent: describe(error) }
    })
    return (child) => child.setErrorHandler(async (error) => { throw error })
  },
  'an error handler of the parent alone': (app) => {
    app.setErrorHandler((error, _request, reply) => { reply.code(560).send({ inherited: describe(error) }) })
    return () => {}
  },
  'an error handler with onError hooks': (app) => {
    app.addHook('onError', async (_request, reply, error) => { reply.header('x-on-error', describe(error).type) })
    app.setErrorHandler((error, _request, reply) => { reply.code(561).send(describe(error)) })
  },
  'an error handler with a preSerialization hook': (app) => {
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ wrapped: payload }))
    app.setErrorHandler((error, _request, reply) => { reply.code(562).send(describe(error)) })
  },
  'an error handler with an onSend hook': (app) => {
    app.addHook('onSend', async (_request, _reply, payload) => `${payload}\n`)
    app.setErrorHandler((error, _request, reply) => { reply.code(563).send(describe(error)) })
  },
  'an error handler that sends a text, bytes or nothing': (app) => {
    app.setErrorHandler((error, _request, reply) => {
      reply.code(564).send(error instanceof Teapot ? Buffer.from('teapot') : error instanceof Error ? error.message : undefined)
    })
  },
  'an error handler that answers 404': (app) => {
    app.setNotFoundHandler((_request, reply) => { reply.code(404).send('nothing here') })
    app.setErrorHandler((_error, _request, reply) => { reply.callNotFound() })
  },
  'an error handler that redirects': (app) => {
    app.setErrorHandler((_error, _request, reply) => { reply.redirect('/sorry') })
  }
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  const makers = Object.values(thrown)
  const addRoutes = (context) => {
    for (const [way, make] of Object.values(ways).entries()) {
      context.get(`/${way}/:number`, { blocking }, function (request, reply) {
        return make(makers[request.params.number]).call(this, request, reply)
      })
    }
  }
  for (const [index, prepare] of Object.values(errorHandlers).entries()) {
    app.register(async (context) => {
      const prepareChild = prepare(context)
      if (prepareChild === undefined) return addRoutes(context)
      context.register(async (child) => {
        prepareChild(child)
        addRoutes(child)
      })
    }, { prefix: `/${index}` })
  }
  app.register(async (context) => {
    context.setErrorHandler((error, _request, reply) => { reply.code(570).send({ context: describe(error) }) })
    const handler = (request) => { throw makers[request.params.number]() }
    context.get('/:number', {
      blocking,
      handler,
      errorHandler (error, _request, reply) { reply.code(571).send({ route: describe(error) }) }
    })
    context.get('/rethrown/:number', { blocking, handler, errorHandler: (error) => { throw error } })
  }, { prefix: '/route' })
  return app
}
