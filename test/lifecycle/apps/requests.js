import { create } from './create.js'

class Session {
  constructor (user) { this.user = user }
  greet () { return `hello ${this.user}` }
}

const stringify = (_key, value) => {
  if (value instanceof Map) return { map: [...value] }
  if (value instanceof Set) return { set: [...value] }
  if (value instanceof Error) return { error: value.message, name: value.name, code: value.code, statusCode: value.statusCode, cause: value.cause, isRange: value instanceof RangeError }
  if (value instanceof RegExp) return { pattern: String(value) }
  if (ArrayBuffer.isView(value)) return { bytes: [...value], type: value.constructor.name }
  return typeof value === 'bigint' ? `${value}n` : value
}

/** What a hook puts on the request, and on the reply. */
export const crossing = {
  'a text': () => 'text',
  'a number': () => 42,
  zero: () => 0,
  'a big integer': () => 10n,
  true: () => true,
  null: () => null,
  undefined: () => undefined,
  'plain data': () => ({ id: 7, roles: ['admin', 'user'], deep: { deeper: { deepest: [null, undefined] } } }),
  'data without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'a list': () => [1, 'two', { three: 3 }],
  'a date': () => new Date(86_400_000),
  'a map': () => new Map([['a', { b: 1 }]]),
  'a set': () => new Set([1, 2]),
  'a pattern': () => /a+/gi,
  bytes: () => new Uint8Array([1, 2, 3]),
  'an error with a code': () => Object.assign(new RangeError('crossed'), { code: 'E_CROSSED', statusCode: 422, cause: new TypeError('inner') }),
  'data with dates and maps': () => ({ at: new Date(0), by: new Map([[1, new Set(['x'])]]) })
}

/** What handlers find in their request and in their app, by what they look at. */
export const looks = {
  this: function () { return { prefix: this.prefix, value: this.value, child: this.child ?? 'none', session: this.open('ann').greet() } },
  decorators (request, reply) {
    return {
      name: request.name,
      counter: request.counter,
      greeting: request.greet('bob'),
      getter: request.upper,
      shared: reply.shared,
      formatted: reply.format(1.5),
      found: request.getDecorator('counter'),
      server: this.getDecorator('value'),
      has: [this.hasDecorator('value'), this.hasRequestDecorator('counter'), this.hasReplyDecorator('shared')],
      isSession: request.server.open('x') instanceof Session
    }
  },
  'set decorators': (request, reply) => {
    request.counter++
    request.setDecorator('name', 'set')
    reply.shared = 'changed'
    return { counter: request.counter, name: request.name, shared: reply.shared }
  },
  'the logger': (request, reply) => {
    const child = request.log.child({ part: 'a' })
    child.info('from a child')
    reply.log.debug('from the reply')
    return { info: typeof request.log.info, child: typeof child.warn, same: request.log === reply.log, level: typeof request.log.level }
  },
  'the route': (request, reply) => {
    const { url, method, config, schema, prefixTrailingSlash, exposeHeadRoute } = request.routeOptions
    return { url, method, config, schema, prefixTrailingSlash, exposeHeadRoute, handler: typeof request.routeOptions.handler, same: reply.routeOptions.url === url }
  },
  'the media type': (request) => ({ type: request.mediaType ?? 'none' }),
  'the raw request': ({ raw }) => ({
    headers: raw.headers, url: raw.url, method: raw.method, aborted: raw.aborted, version: raw.httpVersion, major: raw.httpVersionMajor
  }),
  'headers that a handler sets': (request) => {
    request.headers = { ...request.headers, 'x-own': 'own' }
    return { headers: request.headers }
  },
  'a body, a query and params that a handler sets': (request) => {
    request.body = { own: 1 }
    request.query = { own: 2 }
    request.params = { own: 3 }
    return { body: request.body, query: request.query, params: request.params }
  },
  'the signal': (request) => ({ aborted: request.signal.aborted, isSignal: request.signal instanceof AbortSignal }),
  'an inner request': async function () {
    const inner = await this.inject('/inner')
    return { status: inner.statusCode, headers: inner.headers['x-inner'], body: inner.json() }
  },
  'an inner request that is blocking': async function () {
    const inner = await this.inject({ url: '/inner/blocking?q=1', headers: { 'x-a': 'a' } })
    return { status: inner.statusCode, headers: inner.headers['x-inner'], body: inner.json() }
  },
  'all properties': (request, reply) => ({ keys: Object.keys(request).filter((key) => !['id', 'raw', 'log'].includes(key)), reply: Object.keys(reply) })
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, { logger: { level: 'fatal' } })
  app.decorate('value', { of: 'app' })
  app.decorate('open', (user) => new Session(user))
  app.decorateRequest('name', 'default')
  app.decorateRequest('counter', 1)
  app.decorateRequest('crossed', null)
  app.decorateRequest('greet', function (who) { return `${who} at ${this.url}` })
  app.decorateRequest('upper', { getter () { return this.method.toLowerCase() } })
  app.decorateReply('shared', 'shared')
  app.decorateReply('crossed', null)
  app.decorateReply('format', function (number) { return `${this.statusCode} ${number.toFixed(2)}` })

  const addLooks = (context) => {
    for (const [index, look] of Object.values(looks).entries()) {
      context.get(`/look/${index}`, { blocking, config: { known: true }, schema: { querystring: { type: 'object' } } }, look)
      context.post(`/look/${index}`, { blocking }, look)
    }
  }
  addLooks(app)
  app.register(async (child) => {
    child.decorate('child', 'child')
    child.addHook('onRequest', async (request, reply) => {
      request.counter = 10
      request.name = 'from a hook'
      request.extra = ['not', 'declared']
      reply.shared = { from: 'a hook' }
    })
    addLooks(child)
  }, { prefix: '/child' })

  const inner = async (request, reply) => {
    reply.header('x-inner', 'inner')
    return { inner: request.url, crossed: request.crossed, ip: request.ip }
  }
  app.get('/inner', inner)
  app.get('/inner/blocking', { blocking, preHandler: async (request) => { request.crossed = 'by the inner hook' } }, inner)
  app.get('/overdue', { blocking, handlerTimeout: 50 }, async (request) => {
    // On a slow machine it begins when it is overdue already.
    if (!request.signal.aborted) await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }))
    await new Promise((resolve) => setImmediate(resolve))
  })
  for (const [index, make] of Object.values(crossing).entries()) {
    app.get(`/crossing/${index}`, {
      blocking,
      preHandler: async (request, reply) => {
        request.crossed = make()
        request.undeclared = make()
        reply.crossed = make()
      }
    }, (request, reply) => {
      const text = JSON.stringify({ request: request.crossed, undeclared: request.undeclared, reply: reply.crossed }, stringify)
      reply.type('application/json').send(text)
    })
  }
  return app
}
