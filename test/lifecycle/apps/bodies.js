import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { createGunzip } from 'node:zlib'
import multipart from '@fastify/multipart'
import { create } from './create.js'

const schema = {
  body: { type: 'object', required: ['name'], additionalProperties: false, properties: { name: { type: 'string' }, age: { type: 'integer' }, kind: { type: 'string', default: 'person' } } },
  querystring: { type: 'object', properties: { page: { type: 'integer', default: 1 } } },
  params: { type: 'object', properties: { id: { type: 'integer' } } },
  headers: { type: 'object', properties: { 'x-count': { type: 'integer' } } }
}

async function read (stream) {
  const hash = createHash('sha1')
  let length = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    length += chunk.length
  }
  return { length, hash: hash.digest('hex') }
}

const echo = (request) => ({
  body: request.body,
  isBuffer: Buffer.isBuffer(request.body),
  type: Object.prototype.toString.call(request.body),
  query: request.query,
  params: request.params,
  headers: request.headers,
  mediaType: request.mediaType,
  limit: request.routeOptions.bodyLimit,
  schema: request.routeOptions.schema && Object.keys(request.routeOptions.schema).sort(),
  user: request.user,
  error: request.validationError && { message: request.validationError.message, context: request.validationError.validationContext, code: request.validationError.code }
})

const describePart = async (part) => {
  const { type, fieldname, filename, encoding, mimetype, value } = part
  return { type, fieldname, filename, encoding, mimetype, value, ...(part.file && await read(part.file)), truncated: part.file?.truncated }
}

function addParsers (app) {
  app.addContentTypeParser('application/x-stream', (_request, payload, done) => done(null, payload))
  app.addContentTypeParser('application/x-async', async (_request, payload) => payload)
  app.addContentTypeParser('application/x-gunzip', (_request, payload, done) => done(null, payload.pipe(createGunzip())))
  app.addContentTypeParser('application/x-wrapped', (_request, payload, done) => done(null, payload.pipe(new PassThrough({ encoding: 'latin1' }))))
  app.addContentTypeParser('application/x-nothing', (_request, _payload, done) => done(null))
  app.addContentTypeParser('application/x-collected', async (_request, payload) => ({ text: Buffer.concat(await payload.toArray()).toString() }))
  app.addContentTypeParser('application/x-bytes', { parseAs: 'buffer' }, async (_request, body) => body)
  app.addContentTypeParser('application/x-small', { parseAs: 'string', bodyLimit: 10 }, async (_request, body) => ({ small: body }))
  app.addContentTypeParser('application/x-broken', async () => { throw Object.assign(new RangeError('cannot be parsed'), { statusCode: 422, code: 'E_BROKEN' }) })
  app.addContentTypeParser(/^text\/x-.*/, { parseAs: 'string' }, async (request, body) => ({ pattern: body, user: request.user }))
}

/** Hands on what is in a gzip; `isCounted` says as much as Fastify wants to know of it. */
function decode (isCounted) {
  return async (_request, _reply, payload) => {
    const decoded = payload.pipe(createGunzip())
    decoded.receivedEncodedLength = 0
    if (isCounted) payload.on('data', (chunk) => { decoded.receivedEncodedLength += chunk.length })
    return decoded
  }
}

/** Routes with hooks that look at the body, or might: not where the worker reads it. */
function addSeenRoutes (app, prefix, blocking) {
  // What the body is in hooks on the loop, before the handler and after it.
  const tell = (name) => async (request, reply) => { reply.header(name, JSON.stringify(request.body)?.slice(0, 100) ?? 'undefined') }
  app.post(`${prefix}/sent/:id`, { blocking, schema, onSend: tell('x-sent') }, (request) => {
    if (request.query.change) request.body.name += ' changed'
    if (request.query.replace) request.body = { replaced: true }
    return echo(request)
  })
  app.post(`${prefix}/passed/:id`, { blocking, schema, preHandler: async (_request, reply) => { reply.header('x-passed', 'yes') }, onSend: tell('x-sent') }, echo)
  app.post(`${prefix}/watched/:id`, { blocking, schema, preHandler: tell('x-watched') }, echo)
  app.post(`${prefix}/touched/:id`, { blocking, schema, preHandler: async (request) => { request.body.name = { touched: request.body.name } } }, echo)
  app.post(`${prefix}/replaced/:id`, { blocking, schema, preHandler: async (request) => { request.body = { instead: true } } }, echo)
  app.post(`${prefix}/prevalidated/:id`, { blocking, schema, preValidation: async (request) => { request.body.name ??= 'given' } }, echo)
  app.post(`${prefix}/missing`, { blocking, schema: { body: schema.body }, onSend: tell('x-sent') }, (_request, reply) => { reply.callNotFound() })
  app.post(`${prefix}/attached/sent/:id`, { blocking, schema, attachValidation: true, onSend: tell('x-sent') }, echo)
  app.post(`${prefix}/attached/touched/:id`, {
    blocking, schema, attachValidation: true, preHandler: async (request) => { request.body.name = 'touched' }
  }, ({ body }) => ({ name: body.name }))
  app.post(`${prefix}/throwing`, {
    blocking,
    attachValidation: true,
    schema: { body: {} },
    validatorCompiler: () => () => { throw new RangeError('the validator threw') },
    onSend: tell('x-sent')
  }, ({ body, validationError }) => ({ body, error: validationError?.message }))
  // Hooks that do unusual things to what comes.
  const passing = async () => {}
  const encode = async (_request, _reply, payload) => { payload.setEncoding('utf8') }
  app.post(`${prefix}/encoded`, { blocking, preParsing: encode, onSend: tell('x-sent') }, echo)
  app.post(`${prefix}/encoded/passed`, { blocking, preParsing: encode, preHandler: passing, onSend: tell('x-sent') }, echo)
  const count = (request, reply, done) => {
    let bytes = 0
    request.raw.on('data', (chunk) => { bytes += chunk.length }).on('end', () => { reply.header('x-bytes', bytes) })
    done()
  }
  app.post(`${prefix}/counted`, { blocking, onRequest: count, onSend: tell('x-sent') }, echo)
  app.post(`${prefix}/counted/passed`, { blocking, onRequest: count, preHandler: passing, onSend: tell('x-sent') }, echo)
  app.post(`${prefix}/retyped`, {
    blocking,
    onRequest: async ({ mediaType, raw }) => { if (mediaType !== undefined) raw.headers['content-type'] = 'application/json' },
    onSend: tell('x-sent')
  }, echo)
  app.post(`${prefix}/shortened`, { blocking, onRequest: async (request) => { request.headers = { 'content-length': '3' } }, onSend: tell('x-sent') }, echo)
  app.route({ method: 'LOCK', url: `${prefix}/locked`, blocking, bodyLimit: 10, onSend: tell('x-sent'), handler: echo })
  app.post(`${prefix}/throws`, { blocking, onSend: tell('x-sent') }, () => { throw Object.assign(new Error('thrown'), { statusCode: 418 }) })
}

/** Routes whose bodies are parsed where `blocking` says. */
function addParsedRoutes (app, prefix, blocking) {
  app.post(`${prefix}/any`, { blocking }, echo)
  app.put(`${prefix}/any`, { blocking }, echo)
  app.delete(`${prefix}/any`, { blocking }, echo)
  app.get(`${prefix}/any`, { blocking }, echo)
  app.post(`${prefix}/valid/:id`, { blocking, schema }, echo)
  // Of an invalid request Fastify leaves the parts after that one as they came; in two places both are coerced.
  app.post(`${prefix}/attached/:id`, { blocking, schema, attachValidation: true }, (request) => {
    const { error, ...rest } = echo(request)
    return error === undefined ? rest : { error }
  })
  app.post(`${prefix}/attached-whole/:id`, { blocking, schema, attachValidation: true }, echo)
  app.post(`${prefix}/asynchronous`, {
    blocking,
    schema: { body: { $async: true, type: 'object', required: ['name'], properties: { name: { type: 'string' }, age: { type: 'integer' } } } }
  }, echo)
  app.post(`${prefix}/by-part`, {
    blocking,
    schema: { body: { name: 'body' }, querystring: { name: 'query' }, params: { name: 'params' }, headers: { name: 'headers' } },
    validatorCompiler: ({ schema, httpPart }) => (value) => value?.[httpPart] === 'wrong' ? { error: new Error(`wrong ${schema.name}`) } : { value: { ...value, by: schema.name } }
  }, echo)
  app.post(`${prefix}/limited`, { blocking, bodyLimit: 20 }, echo)
  app.post(`${prefix}/decoded`, { blocking, preParsing: decode(true) }, echo)
  app.post(`${prefix}/miscounted`, { blocking, preParsing: decode(false) }, echo)
  app.post(`${prefix}/by-type`, { blocking, schema: { body: { content: { 'application/json': { schema: schema.body }, 'text/plain': { schema: { type: 'string', maxLength: 3 } } } } } }, echo)
  app.post(`${prefix}/formatted`, { blocking, schema, schemaErrorFormatter: (errors, context) => Object.assign(new Error(`${context}: ${errors.length}`), { code: 'E_FORMATTED' }) }, echo)
  app.post(`${prefix}/compiled`, { blocking, schema: { querystring: {}, body: {} }, validatorCompiler: ({ httpPart }) => (value) => httpPart === 'body' && value.refuse ? { error: new Error('refused') } : { value: { [httpPart]: value } } }, echo)
  app.post(`${prefix}/own-handler`, {
    blocking,
    schema,
    errorHandler: (error, request, reply) => reply.code(error.statusCode ?? 500).send({ own: error.code, context: error.validationContext, user: request.user, body: request.body })
  }, echo)
  app.post(`${prefix}/read`, { blocking }, async (request) => read(request.body))
  app.post(`${prefix}/hooked`, { blocking, preHandler: async (request, reply) => { reply.header('x-seen', String(request.headers['content-type'])) } }, echo)
  app.post(`${prefix}/refused`, { blocking, preHandler: async (_request, reply) => reply.code(401).send({ refused: true }) }, echo)
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, { bodyLimit: 1_000_000 })
  addParsers(app)
  app.addHttpMethod('LOCK')
  app.setNotFoundHandler((request, reply) => { reply.code(404).send({ missing: request.body }) })
  app.register(multipart, { limits: { fileSize: 300_000, files: 2, fields: 3, parts: 4 } })
  app.decorateRequest('user', null)
  app.addHook('onRequest', async (request) => { request.user = { name: request.headers['x-user'] ?? 'nobody' } })

  app.post('/read', { blocking }, async (request) => ({ ...await read(request.body), isRaw: request.body === request.raw }))
  app.post('/raw', { blocking }, async (request) => ({ ...await read(request.raw), isRaw: request.body === request.raw, complete: request.raw.complete, ended: request.raw.readableEnded }))
  app.get('/raw', { blocking }, async (request) => read(request.raw))
  app.post('/half', { blocking }, async (request) => {
    const { value } = await request.body.iterator({ destroyOnReturn: false }).next()
    return { first: value.length > 0 }
  })
  app.post('/unread', { blocking }, () => ({ read: false }))
  app.post('/listened', { blocking }, (request, reply) => {
    let length = 0
    request.body.on('data', (chunk) => { length += chunk.length })
    request.body.on('end', () => reply.send({ length }))
    request.body.on('error', (error) => reply.code(400).send({ message: error.message, code: error.code }))
  })
  app.post('/piped', { blocking }, (request, reply) => { reply.type('application/x-echo').send(request.body.pipe(new PassThrough())) })
  app.post('/pulled', { blocking }, async (request) => {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of request.body) text += typeof chunk === 'string' ? chunk : decoder.decode(chunk)
    return { text: text.slice(0, 100), length: text.length }
  })
  app.post('/set', { blocking, preHandler: async (request) => { request.body = { set: 'by a hook' } } }, echo)
  app.post('/throws', { blocking }, async (request) => {
    const { value } = await request.body.iterator({ destroyOnReturn: false }).next()
    throw Object.assign(new RangeError('enough'), { statusCode: 418, length: value.length })
  })

  app.post('/multipart/file', { blocking }, async (request) => describePart(await request.file()))
  app.post('/multipart/buffer', { blocking }, async (request) => {
    const buffer = await (await request.file()).toBuffer()
    return { isBuffer: Buffer.isBuffer(buffer), length: buffer.length }
  })
  app.post('/multipart/files', { blocking }, async (request) => {
    const files = []
    for await (const part of request.files()) files.push(await describePart(part))
    return files
  })
  app.post('/multipart/parts', { blocking }, async (request) => {
    const parts = []
    for await (const part of request.parts()) parts.push(await describePart(part))
    return parts
  })
  app.post('/multipart/limited', { blocking }, async (request) => describePart(await request.file({ limits: { fileSize: 10 }, throwFileSizeLimit: false })))
  app.post('/multipart/saved', { blocking }, async (request) => {
    const { files } = await request.saveRequestFiles()
    return { files: files.map(({ filename, mimetype, fieldname }) => ({ filename, mimetype, fieldname })), uploads: request.tmpUploads.length, values: Object.keys(files[0]?.fields ?? {}) }
  })
  app.post('/multipart/is', { blocking }, (request) => ({ is: request.isMultipart(), body: request.body }))
  app.post('/multipart/parsed', { blocking: blocking && { parse: true } }, async (request) => describePart(await request.file()))

  addParsedRoutes(app, '/parsed', blocking && { parse: true })
  addParsedRoutes(app, '/deferred', blocking && { parse: 'deferred' })
  addParsedRoutes(app, '/collected', blocking)
  addParsedRoutes(app, '/unparsed', blocking && { parse: false })
  addSeenRoutes(app, '/collected', blocking)
  addSeenRoutes(app, '/unparsed', blocking && { parse: false })
  return app
}
