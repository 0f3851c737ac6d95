import { dependency } from 'fastify-blocking'
import { create } from './create.js'

class Refused extends Error {
  statusCode = 422
}

class Money {
  constructor (amount) { this.amount = amount }
}

/** What the serializer is given: JSON, and what JSON cannot tell. */
const tell = (payload) => `<${JSON.stringify(payload, (_key, value) => value instanceof Map ? [...value] : value)}>${payload?.at instanceof Date}`

/** What hooks on the loop say of the serializer. */
export const hooks = {
  'a serializer': (_request, reply) => reply.serializer(tell),
  'a serializer and a type': (_request, reply) => reply.type('application/yaml').serializer(tell),
  'a serializer and a JSON type': (_request, reply) => reply.type('application/json').serializer(tell),
  'one that gives bytes': (_request, reply) => reply.type('application/octet-stream').serializer((payload) => Buffer.from(tell(payload))),
  'one that throws': (_request, reply) => reply.serializer((payload) => {
    if (payload?.handled) return `handled: ${payload.handled}`
    throw new Refused('the serializer')
  }),
  'one after another': (_request, reply) => reply.serializer(() => 'the first').serializer(tell),
  'one that is taken back': (_request, reply) => reply.serializer(tell).serializer(null)
}

export const handlers = {
  'an object': () => ({ n: 1 }),
  data: () => ({ at: new Date(0), of: new Map([[1, 2]]), bytes: Buffer.from('bytes') }),
  'a list': () => [1, 2],
  'a text': () => 'text',
  'a number': (_request, reply) => reply.send(1),
  null: (_request, reply) => reply.send(null),
  bytes: () => Buffer.from('bytes'),
  nothing: (_request, reply) => reply.send(),
  'an error': () => { throw Object.assign(new Error('of the handler'), { statusCode: 418 }) },
  'a serializer of its own': (_request, reply) => reply.serializer((payload) => `own ${payload.n}`).send({ n: 2 }),
  'no serializer': (_request, reply) => reply.serializer(null).send({ n: 3 })
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  app.addHook('onError', async (_request, reply, error) => { reply.header('x-error', `${error.message} ${error instanceof Refused} ${'serialization' in error}`) })
  for (const [index, hook] of Object.values(hooks).entries()) {
    for (const [name, options] of Object.entries({ plain: {}, sent: { onSend: async (_request, reply, payload) => { reply.header('x-payload', typeof payload) } } })) {
      app.register(async (child) => {
        child.addHook('preSerialization', async (_request, _reply, payload) => Array.isArray(payload) ? { wrapped: payload } : payload)
        child.addHook('preHandler', (request, reply, done) => {
          hook(request, reply)
          done()
        })
        if (index === Object.keys(hooks).indexOf('one that throws')) child.setErrorHandler((error, _request, reply) => reply.code(499).send({ handled: error.message }))
        for (const [number, handler] of Object.values(handlers).entries()) child.get(`/${number}`, { blocking, ...options }, handler)
        child.get('/instance', { blocking, ...options }, () => ({ deep: [() => {}] }))
        child.get('/money', { blocking, ...options }, () => new Money(1))
        child.get('/serialized', { blocking, ...options }, (_request, reply) => reply.serialize({ n: 1 }))
      }, { prefix: `/${index}/${name}` })
    }
  }
  if (blocking) {
    const ofWorker = dependency({ blocking: true }, () => 'of the worker')
    const ofLoop = dependency({ blocking: false, dependencies: { ofWorker } }, (_request, _dependencies, reply) => { reply.serializer(tell) })
    const serializing = dependency({ blocking: true }, (_request, _dependencies, reply) => { reply.serializer(tell) })
    const failing = dependency({ blocking: true }, () => { throw new Error('of a dependency') })
    app.get('/between', { blocking, dependencies: { ofLoop } }, () => ({ n: 1 }))
    app.get('/left', { dependencies: { serializing } }, () => ({ n: 1 }))
    app.get('/failed', { dependencies: { failing }, errorHandler: (error, _request, reply) => reply.code(500).serializer(tell).send({ failed: error.message }) }, () => ({ n: 1 }))
  }
  return app
}
