import { Readable } from 'node:stream'
import { create } from './create.js'

class Session {
  constructor () { this.user = 'ann' }
}

/** What needs the socket, and the code of the error that says so. */
export const refused = {
  'reply.hijack()': [(_request, reply) => reply.hijack(), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.trailer()': [(_request, reply) => reply.trailer('etag', async () => '1'), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.writeEarlyHints()': [(_request, reply) => reply.writeEarlyHints({ link: '</a.css>' }), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.raw.write()': [(_request, reply) => reply.raw.write('a'), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.raw.end()': [(_request, reply) => reply.raw.end('a'), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.raw.writeHead()': [(_request, reply) => reply.raw.writeHead(200), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.raw.flushHeaders()': [(_request, reply) => reply.raw.flushHeaders(), 'FST_BLOCKING_LOOP_ONLY'],
  'reply.raw.destroy()': [(_request, reply) => reply.raw.destroy(), 'FST_BLOCKING_LOOP_ONLY'],
  'fastify.blocking.stats()': [function () { return this.blocking.stats() }, 'FST_BLOCKING_LOOP_ONLY'],
  'a stream of objects': [() => Readable.from([{ a: 1 }]), 'FST_BLOCKING_UNSUPPORTED_ANSWER'],
  'an iterator of nulls': [() => [null].values(), 'FST_BLOCKING_UNSUPPORTED_ANSWER'],
  'a payload with a function, for an onSend hook': [(_request, reply) => reply.type('text/x').send({ render () {} }), 'FST_BLOCKING_UNSUPPORTED_ANSWER']
}

/** What a hook may put on the request that cannot be cloned, and where in it the part is that cannot. */
export const withheld = {
  'a function': [() => () => 'called', ' is a function'],
  'an instance of a class': [() => new Session(), ' is an instance of Session'],
  'an object with a function deep inside': [() => ({ deep: { deeper: { call () {} } } }), '.deep.deeper.call is a function'],
  'a symbol': [() => Symbol('sign'), ' is a symbol'],
  'a list with a function': [() => ['text', () => {}], '[1] is a function'],
  'a map with a function': [() => new Map([['key', { call () {} }]]), '.get(key).call is a function'],
  'a promise': [() => Promise.resolve(1), ' is an instance of Promise'],
  'an object that holds itself, and a symbol': [circle, '.sign is a symbol'],
  'an object with a getter that throws': [() => ({ get part () { throw new Error('not for you') } }), '.part is a getter that throws']
}

function circle () {
  const round = { sign: Symbol('sign') }
  return Object.assign(round, { round })
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  app.addHook('onSend', async (_request, _reply, payload) => payload)
  app.decorateRequest('kept', null)
  app.decorateReply('kept', null)
  for (const [index, [handler]] of Object.values(refused).entries()) app.get(`/refused/${index}`, { blocking }, handler)
  for (const [index, [make]] of Object.values(withheld).entries()) {
    const options = { blocking, preHandler: async (request, reply) => { request.kept = reply.kept = make() } }
    app.get(`/withheld/${index}/untouched`, options, () => 'untouched')
    app.get(`/withheld/${index}/request`, options, (request) => String(typeof request.kept))
    app.get(`/withheld/${index}/reply`, options, (_request, reply) => String(typeof reply.kept))
    app.get(`/withheld/${index}/replaced`, options, (request) => {
      request.kept = 'replaced'
      return request.kept
    })
  }
  return app
}

export async function buildUpgrade () {
  const app = await create(import.meta.url, { blocking: true })
  try {
    app.route({ method: 'GET', url: '/socket', websocket: true, blocking: true, handler: () => {} })
  } catch (error) {
    // Idle threads do not keep the process; a connection to worker hosts would.
    await app.close()
    throw error
  }
  return app
}
