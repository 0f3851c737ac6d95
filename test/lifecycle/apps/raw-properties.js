import { create } from './create.js'

class Instance {}

/** What is put on the raw request and the raw response. */
export const values = {
  'a text': () => 'text',
  data: () => ({ name: 'ada', roles: ['admin'], at: new Date(0) }),
  'data without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  undefined: () => undefined,
  bytes: () => Buffer.from('bytes'),
  'an error': () => Object.assign(new RangeError('put there'), { code: 'PUT_THERE' })
}

export const withheld = {
  'a function': () => () => {},
  'an instance of a class': () => new Instance(),
  'data with a function': () => ({ deep: [() => {}] })
}

function describe (value) {
  if (value instanceof Error) return [value.name, value.message, value.code]
  if (Buffer.isBuffer(value)) return ['Buffer', value.toString()]
  return [typeof value, Object.prototype.toString.call(value), Object.getPrototypeOf(Object(value)) === null, value]
}

function tell (request, reply) {
  const { raw } = request
  return JSON.stringify({
    request: [describe(raw.user), 'user' in raw],
    reply: [describe(reply.raw.locals), 'locals' in reply.raw],
    url: raw.originalUrl,
    own: [Object.keys(raw).filter((name) => ['user', 'other', 'added'].includes(name)).sort(), raw.other, raw.added, reply.raw.added]
  })
}

/** What the handler does to what is there. */
export const handlers = {
  nothing: () => {},
  'deletes it': (request, reply) => {
    delete request.raw.user
    delete reply.raw.locals
  },
  'replaces it': (request, reply) => {
    request.raw.user = { by: 'handler' }
    reply.raw.locals = { by: 'handler' }
  },
  'changes it in place': (request, reply) => {
    if (Object(request.raw.user) === request.raw.user) request.raw.user.changed = 1
    if (Object(reply.raw.locals) === reply.raw.locals) reply.raw.locals.changed = { deep: 1 }
  },
  'adds others': (request, reply) => {
    request.raw.added = [1]
    reply.raw.added = 'text'
  }
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  for (const [index, make] of [...Object.values(values), ...Object.values(withheld)].entries()) {
    app.register(async (child) => {
      child.addHook('onRequest', async ({ raw }, reply) => {
        Object.assign(raw, { user: make(), other: 1, originalUrl: raw.url })
        reply.raw.locals = make()
      })
      child.addHook('onSend', async (request, reply, payload) => `${payload}\n${tell(request, reply)}`)
      for (const [number, change] of Object.values(handlers).entries()) {
        child.get(`/${number}`, { blocking }, (request, reply) => {
          const found = tell(request, reply)
          change(request, reply)
          return found
        })
      }
      child.get('/untouched', { blocking }, () => 'untouched')
      child.get('/request', { blocking }, (request) => String(request.raw.user))
      child.get('/reply', { blocking }, (_request, reply) => String(reply.raw.locals))
    }, { prefix: `/${index}` })
  }
  app.get('/patched', {
    blocking,
    onRequest: async (_request, reply) => {
      const { end, writeHead } = reply.raw
      reply.raw.end = function (...parameters) { return end.apply(this, parameters) }
      reply.raw.writeHead = function (...parameters) {
        this.setHeader('x-patched', 'by a hook')
        return writeHead.apply(this, parameters)
      }
    }
  }, () => 'patched')
  app.get('/kept-alive', { blocking }, (_request, reply) => {
    reply.raw.shouldKeepAlive = false
    return 'closes'
  })
  return app
}
