import { EventEmitter } from 'node:events'
import { isMainThread } from 'node:worker_threads'
import { create } from './create.js'

const withRequest = ['onRequest', 'preValidation', 'preHandler', 'onResponse', 'onTimeout']
const withPayload = ['preParsing', 'preSerialization', 'onSend']

/** Hooks that count themselves under their names; `over` is told what may end a request. */
function countingHooks (count, over, prefix = '') {
  const hooks = {
    onError: (_request, _reply, _error, done) => {
      count(`${prefix}onError`)
      done()
    },
    onRequestAbort: (_request, done) => {
      count(`${prefix}onRequestAbort`)
      done()
      over.emit(`${prefix}onRequestAbort`)
    }
  }
  for (const name of withRequest) {
    hooks[name] = (_request, _reply, done) => {
      count(prefix + name)
      done()
      over.emit(prefix + name)
    }
  }
  for (const name of withPayload) {
    hooks[name] = async (_request, _reply, payload) => {
      count(prefix + name)
      return payload
    }
  }
  return hooks
}

/** Ends when nobody wants its answer any more, and gives none. */
async function untilAborted (request) {
  const aborted = new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }))
  Atomics.add(this.begun, 0, 1)
  await aborted
  await new Promise((resolve) => setImmediate(resolve))
}

export const handlers = {
  object: () => ({ a: 1 }),
  text: () => 'text',
  bytes: () => Buffer.from('bytes'),
  long: async () => 'long '.repeat(20_000),
  later: (_request, reply) => { setImmediate(() => reply.send({ later: true })) },
  awaited: async (_request, reply) => {
    setImmediate(() => reply.send('later'))
    await reply
  },
  nothing: (_request, reply) => reply.code(204).send(),
  redirect: (_request, reply) => reply.redirect('/away'),
  thrown: () => { throw new Error('thrown') },
  rejected: async () => { throw new Error('rejected') },
  null: () => { throw null }, // eslint-disable-line no-throw-literal
  undefined: async () => { throw undefined }, // eslint-disable-line no-throw-literal
  'sent-error': (_request, reply) => { reply.send(new Error('sent')) },
  unserializable: (_request, reply) => reply.serializer(() => { throw new Error('no text') }).send({}),
  missing: (_request, reply) => reply.callNotFound(),
  aborted: untilAborted,
  overdue: untilAborted
}

/** How many of those that wait for an abort have begun, on either side. */
const createBegun = () => new Int32Array(new SharedArrayBuffer(4))

export async function build ({ blocking, connectionTimeout = 0, handlerTimeout = 50, begun = createBegun() }) {
  const app = await create(import.meta.url, { blocking, connectionTimeout, handlerTimeout, begun }, { connectionTimeout })
  let counts = {}
  const count = (name) => { counts[name] = (counts[name] ?? 0) + 1 }
  const over = new EventEmitter()
  const take = () => {
    const taken = counts
    counts = {}
    return taken
  }
  app.decorate('over', over)
  app.decorate('begun', begun)
  app.decorate('takeCounts', take)
  app.get('/counts', { blocking }, () => ({ isMainThread, counts: take() }))

  app.register(async (context) => {
    for (const [name, hook] of Object.entries(countingHooks(count, over))) context.addHook(name, hook)
    context.setErrorHandler((error, _request, reply) => {
      count('errorHandler')
      reply.code(error?.statusCode ?? 500).send({ handled: String(error?.message) })
    })
    context.setNotFoundHandler((_request, reply) => {
      count('notFoundHandler')
      reply.code(404).send('nothing here')
    })
    for (const [name, handle] of Object.entries(handlers)) {
      const handler = function (request, reply) {
        count('handler')
        return handle.call(this, request, reply)
      }
      const options = { blocking, ...name === 'overdue' ? { handlerTimeout } : {} }
      context.get(`/${name}`, options, handler)
      context.post(`/${name}`, { ...options, schema: { body: { type: 'object' } } }, handler)
      context.get(`/routed/${name}`, { ...options, ...countingHooks(count, over, 'route ') }, handler)
    }
    context.get('/answered', { blocking, preValidation: async (_request, reply) => reply.send('by a hook') }, () => count('handler'))
    context.get('/refused', { blocking, preHandler: async () => { throw new Error('refused') } }, () => count('handler'))
  }, { prefix: '/counted' })
  return app
}
