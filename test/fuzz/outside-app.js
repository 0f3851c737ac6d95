import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import { create } from '../lifecycle/apps/create.js'

/** What comes from outside, given back as the handler has seen it, on the loop or blocking. */
export async function build ({ blocking }) {
  const server = { trustProxy: true, bodyLimit: 20_000, keepAliveTimeout: 0, forceCloseConnections: true, routerOptions: { maxParamLength: 200, ignoreDuplicateSlashes: true } }
  const app = await create(import.meta.url, { blocking }, server, { pool: { minThreads: 2, maxThreads: 2, execArgv: [] } })
  await app.register(cookie)
  await app.register(formbody)
  await app.register(multipart)
  app.decorateRequest('left', null)
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('application/x-bytes', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('application/x-stream', (_request, payload, done) => done(null, payload))
  // Names that would change a prototype are let through here, unlike with the default parser.
  app.addContentTypeParser('application/x-json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body))
    } catch (error) {
      done(Object.assign(error, { statusCode: 400 }))
    }
  })
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500 } = error
    reply.code(statusCode).send({ failed: error.message, code: error.code, validation: error.validation, url: request.url, method: request.method })
  })
  app.setNotFoundHandler((request, reply) => { reply.code(404).send({ nothing: request.url, params: request.params }) })
  app.addHook('preHandler', async (request) => { request.hooked = { query: request.query, cookies: request.cookies } })

  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
  const routes = {
    '/echo/*': {},
    '/param/:a/:b': {},
    '/number/:n(^\\d+$)': {},
    '/perhaps/:a?': {},
    '/files/:name.:extension': {},
    '/__proto__/:constructor': {}
  }
  for (const [url, route] of Object.entries(routes)) app.route({ method: methods, url, blocking, ...route, handler: tell })
  app.route({ method: ['POST', 'PUT'], url: '/valid/:n', blocking, schema, handler: tell })
  // Of the body alone: of several parts that are invalid another one is answered than on the loop.
  app.route({ method: ['POST', 'PUT'], url: '/parsed/:n', blocking: blocking && { parse: true }, schema: { body: schema.body }, handler: tell })
  app.route({ method: methods, url: '/parsed/any/*', blocking: blocking && { parse: true }, handler: tell })
  app.route({ method: 'GET', url: '/echo/hosted', constraints: { host: 'a.test' }, blocking, handler: () => 'hosted' })
  app.route({ method: 'GET', url: '/echo/versioned', constraints: { version: '1.2.0' }, blocking, handler: () => 'versioned' })
  app.post('/redirect', { blocking }, (request, reply) => reply.redirect(String(request.body)))
  app.post('/header', { blocking }, (request, reply) => reply.header('x-sent', request.body).header(String(request.query.name ?? 'x-name'), 'named').send('sent'))
  app.post('/cookie', { blocking }, (request, reply) => reply.setCookie('sent', String(request.body)).send('sent'))
  app.post('/missing', { blocking }, (_request, reply) => { reply.callNotFound() })
  app.route({
    method: ['GET', 'POST'],
    url: '/stream',
    blocking,
    async handler (request) {
      const { Readable } = await import('node:stream')
      return Readable.from([request.url, '\n', JSON.stringify(request.body?.constructor === Object ? request.body : null)])
    }
  })
  app.post('/form', { blocking }, async (request) => {
    const parts = []
    for await (const part of request.parts()) {
      const { fieldname, filename, mimetype, encoding } = part
      parts.push({ fieldname, filename, mimetype, encoding, value: part.file === undefined ? part.value : (await part.toBuffer()).toString('latin1') })
    }
    return parts
  })
  return app
}

const part = { type: 'object', properties: { n: { type: 'integer' }, name: { type: 'string', maxLength: 8 }, list: { type: 'array', items: { type: 'number' } } } }
const schema = {
  params: { type: 'object', properties: { n: { type: 'integer' } } },
  querystring: { ...part, required: ['n'] },
  headers: { type: 'object', properties: { 'x-count': { type: 'integer', maximum: 9 } } },
  // Not of other types: Ajv would take off a stream whatever is no property of the schema, and Node falls over it.
  body: { content: { 'application/json': { schema: { ...part, additionalProperties: false } }, 'application/x-www-form-urlencoded': { schema: part } } }
}

async function tell (request) {
  const { left } = request
  request.left = request.headers['x-mark'] ?? 'no mark'
  const { method, url, originalUrl, params, query, headers, hostname, host, protocol, ip, ips, cookies, hooked, routeOptions } = request
  return { method, url, originalUrl, route: routeOptions.url, params: show(params), query: show(query), headers, hostname, host, protocol, ip, ips, cookies, hooked, is404: request.is404, body: await read(request.body), left, polluted: Object.keys(Object.prototype) }
}

async function read (body) {
  if (Buffer.isBuffer(body)) return { bytes: body.toString('latin1') }
  if (typeof body?.pipe !== 'function') return show(body)
  const chunks = []
  for await (const chunk of body) chunks.push(chunk)
  return { streamed: Buffer.concat(chunks).toString('latin1') }
}

/** With what JSON would hide. */
function show (value) {
  if (typeof value !== 'object' || value === null) return { type: typeof value, value }
  return { inherits: Object.getPrototypeOf(value) === Object.prototype, names: Object.getOwnPropertyNames(value), value }
}
