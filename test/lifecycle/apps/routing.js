import { create } from './create.js'

/** What a handler can tell of its request and of its place in the app. */
function tell (request, reply) {
  const { id, ip, ips, host, hostname, port, protocol, method, url, originalUrl, params, query, body, is404 } = request
  return {
    id,
    ip,
    ips,
    host,
    hostname,
    port,
    protocol,
    method,
    url,
    originalUrl,
    params,
    query,
    body,
    is404,
    headers: request.headers,
    address: request.socket.remoteAddress,
    rawUrl: request.raw.url,
    rawMethod: request.raw.method,
    httpVersion: request.raw.httpVersion,
    encrypted: request.socket.encrypted === true,
    prefix: this.prefix,
    server: request.server.prefix,
    route: {
      url: request.routeOptions.url,
      method: request.routeOptions.method,
      config: request.routeOptions.config,
      bodyLimit: request.routeOptions.bodyLimit,
      version: request.routeOptions.version,
      exposeHeadRoute: request.routeOptions.exposeHeadRoute,
      prefixTrailingSlash: request.routeOptions.prefixTrailingSlash,
      logLevel: request.routeOptions.logLevel
    },
    status: reply.statusCode
  }
}

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head']

function addRoutes (app, blocking) {
  for (const method of methods) app[method](`/shorthand-${method}`, { blocking }, tell)
  app.all('/all', { blocking }, tell)
  app.route({ method: 'GET', url: '/route', blocking, config: { colour: 'blue' }, handler: tell })
  app.route({ method: ['GET', 'POST', 'DELETE'], url: '/several', blocking, handler: tell })
  app.route({ method: ['GET', 'HEAD'], url: '/with-head', blocking, handler: tell })
  app.head('/own-head', { blocking }, function (request, reply) { reply.header('x-own', request.method).send('head') })
  app.get('/own-head', { blocking }, tell)
  app.get('/no-head', { blocking, exposeHeadRoute: false }, tell)
  app.get('/loop', tell)
  app.get('/handler', { blocking, handler: tell })
  app.get('/params/:id', { blocking }, tell)
  app.get('/params/:id/files/*', { blocking }, tell)
  app.get('/regex/:file(^\\d+).png', { blocking }, tell)
  app.get('/optional/:id?', { blocking }, tell)
  app.get('/double/:a-:b', { blocking }, tell)
  app.get('/limit', { blocking, bodyLimit: 12, logLevel: 'warn' }, tell)
  app.post('/limit', { blocking, bodyLimit: 12 }, tell)
  app.get('/*', { blocking }, tell)
}

function addConstraints (app, blocking) {
  const say = (what) => ({ blocking, handler: (request, reply) => { reply.header('vary', 'accept-version').send({ what, host: request.host }) } })
  app.route({ method: 'GET', url: '/constrained', constraints: { host: 'one.test' }, ...say('one') })
  app.route({ method: 'GET', url: '/constrained', constraints: { host: /^two\..*/ }, ...say('two') })
  app.route({ method: 'GET', url: '/constrained', ...say('any') })
  app.route({ method: 'GET', url: '/versioned', constraints: { version: '1.2.0' }, ...say('1.2.0') })
  app.route({ method: 'GET', url: '/versioned', constraints: { version: '2.0.0', host: 'one.test' }, ...say('2.0.0 of one') })
  app.route({ method: 'GET', url: '/custom', constraints: { tenant: 'a' }, ...say('tenant a') })
  app.route({ method: 'GET', url: '/custom', constraints: { tenant: 'b' }, ...say('tenant b') })
}

const tenant = {
  name: 'tenant',
  storage () {
    const handlers = new Map()
    return { get: (key) => handlers.get(key) ?? null, set: (key, store) => { handlers.set(key, store) } }
  },
  deriveConstraint: (request) => request.headers['x-tenant'],
  validate () {},
  mustMatchWhenDerived: true
}

export const servers = {
  plain: {},
  rewriting: { rewriteUrl: ({ url }) => url.startsWith('/old/') ? url.slice('/old'.length) : url },
  'behind a proxy': { trustProxy: true },
  'behind a proxy that is named': { trustProxy: '127.0.0.1' },
  'behind two proxies': { trustProxy: 2 },
  'with its own ids': { genReqId: (raw) => raw.headers['x-id'] ?? 'generated', requestIdHeader: 'x-request' },
  lenient: { routerOptions: { ignoreTrailingSlash: true, caseSensitive: false, ignoreDuplicateSlashes: true, useSemicolonDelimiter: true } },
  'with its own query parser': { routerOptions: { querystringParser: (text) => ({ text, parts: text.split('&') }) } },
  'without HEAD routes': { exposeHeadRoutes: false }
}

export function builderOf (name) {
  return ({ blocking }) => build({ blocking, name })
}

export async function build ({ blocking, name }) {
  const app = await create(import.meta.url, { blocking, name }, { ...servers[name], constraints: { tenant } })
  addRoutes(app, blocking)
  addConstraints(app, blocking)
  app.register(async (child) => {
    addRoutes(child, blocking)
    child.get('/', { blocking }, tell)
    child.register(async (grandchild) => {
      grandchild.get('/', { blocking, prefixTrailingSlash: 'slash' }, tell)
      grandchild.get('/leaf', { blocking }, tell)
    }, { prefix: '/deep' })
    child.register(async (grandchild) => {
      grandchild.get('/', { blocking, prefixTrailingSlash: 'no-slash' }, tell)
    }, { prefix: '/flat' })
    child.register(async (grandchild) => {
      grandchild.get('/', { blocking, prefixTrailingSlash: 'both' }, tell)
    }, { prefix: '/both' })
  }, { prefix: '/prefix' })
  app.register(async (child) => { child.get('/of/:id', { blocking }, tell) }, { prefix: '/users/:user' })
  return app
}
