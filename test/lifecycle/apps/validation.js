import { Readable } from 'node:stream'
import { create } from './create.js'

const echo = (request) => ({
  query: request.query,
  params: request.params,
  body: request.body,
  headers: request.headers,
  error: request.validationError && {
    message: request.validationError.message,
    context: request.validationError.validationContext,
    list: request.validationError.validation,
    isError: request.validationError instanceof Error,
    code: request.validationError.code,
    statusCode: request.validationError.statusCode
  },
  types: Object.fromEntries(['query', 'params', 'body'].map((name) => [name, Object.prototype.toString.call(request[name])])),
  bare: Object.getPrototypeOf(request.query) === null
})

const sample = {
  querystring: {
    type: 'object',
    properties: {
      page: { type: 'integer', default: 1 },
      tags: { type: 'array', items: { type: 'string' } },
      exact: { type: 'boolean' },
      nothing: { type: 'null' }
    }
  },
  params: { type: 'object', properties: { id: { type: 'number' } } },
  headers: { type: 'object', properties: { 'x-count': { type: 'integer' }, 'x-default': { type: 'string', default: 'preset' } } }
}

const bodySchema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 }, kind: { type: 'string', default: 'person' } }
}

const responses = {
  200: { type: 'object', properties: { name: { type: 'string' }, count: { type: 'integer' }, at: { type: 'string', format: 'date-time' } } },
  201: { type: 'object', required: ['must'], properties: { must: { type: 'string' } } },
  '4xx': { type: 'object', properties: { message: { type: 'string' }, kind: { type: 'string', default: 'known' } } },
  default: { type: 'object', properties: { other: { type: 'string' } } }
}

const byType = {
  200: {
    description: 'by type',
    content: {
      'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } },
      'application/vnd.v1+json': { schema: { type: 'object', properties: { count: { type: 'number' } } } }
    }
  }
}

function addParsers (app) {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body)))
  })
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, async (_request, body) => body)
  app.addContentTypeParser('application/x-part', { parseAs: 'buffer' }, async (_request, body) => body.subarray(1, 3))
  app.addContentTypeParser('application/x-date', { parseAs: 'string' }, async (_request, body) => new Date(body))
  app.addContentTypeParser('application/x-map', { parseAs: 'string' }, async (_request, body) => new Map([[body, new Set([1])]]))
  app.addContentTypeParser('application/x-null', { parseAs: 'string' }, async () => null)
  app.addContentTypeParser('application/x-collected', async (_request, payload) => {
    const chunks = await payload.toArray()
    return { chunks: chunks.length > 0, text: Buffer.concat(chunks).toString() }
  })
  app.addContentTypeParser('application/x-broken', async () => { throw Object.assign(new Error('cannot be parsed'), { statusCode: 415 }) })
  app.addContentTypeParser(/^text\/x-.*/, { parseAs: 'string' }, async (_request, body) => ({ pattern: body }))
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  addParsers(app)
  app.addSchema({ $id: 'person', ...bodySchema })

  app.get('/coerced/:id', { blocking, schema: sample }, echo)
  app.post('/body', { blocking, schema: { body: bodySchema } }, echo)
  app.post('/shared', { blocking, schema: { body: { $ref: 'person#' } } }, echo)
  app.post('/attached/:id', { blocking, attachValidation: true, schema: { ...sample, body: bodySchema } }, echo)
  app.post('/any', { blocking }, echo)
  app.put('/any', { blocking }, echo)
  app.delete('/any', { blocking }, echo)
  app.get('/any', { blocking }, echo)
  app.post('/bytes', { blocking }, (request) => ({
    isBuffer: Buffer.isBuffer(request.body), length: request.body.length, text: request.body.toString('latin1')
  }))
  app.post('/bytes/back', { blocking }, (request, reply) => reply.send(request.body))
  app.post('/date', { blocking }, ({ body }) => ({ isDate: body instanceof Date, date: body }))
  app.post('/map', { blocking }, ({ body }) => ({ isMap: body instanceof Map, entries: [...body].map(([key, set]) => [key, [...set]]) }))
  app.post('/preparsed', {
    blocking,
    preParsing: async (request, _reply, payload) => {
      const text = Buffer.concat(await payload.toArray()).toString().replaceAll('loop', 'changed')
      const changed = Readable.from([Buffer.from(text)])
      changed.receivedEncodedLength = Number(request.headers['content-length'])
      return changed
    }
  }, echo)
  app.post('/prevalidated', { blocking, schema: { body: bodySchema }, preValidation: async (request) => { request.body.name ??= 'given by a hook' } }, echo)

  app.get('/response/:status', { blocking, schema: { response: responses } }, (request, reply) => {
    reply.code(request.params.status)
    return { name: 1, count: '2', at: new Date(0), secret: 'left out', message: 'hello', other: 'other' }
  })
  app.get('/response/thrown/:status', { blocking, schema: { response: responses } }, (request) => {
    throw Object.assign(new Error('thrown'), { statusCode: Number(request.params.status), secret: 'left out' })
  })
  app.get('/response/type/:type', { blocking, schema: { response: byType } }, (request, reply) => {
    reply.type(decodeURIComponent(request.params.type))
    return { name: 'name', count: 2 }
  })
  app.get('/validate', { blocking, schema: sample }, (request) => ({
    valid: request.validateInput({ name: 'a' }, bodySchema),
    invalid: request.validateInput({ age: -1 }, bodySchema),
    compiled: request.compileValidationSchema(bodySchema)({ name: 'b' }),
    part: request.validateInput({ page: 'x' }, 'querystring'),
    known: typeof request.getValidationFunction('querystring')
  }))
  app.get('/formatted', {
    blocking,
    schema: sample,
    schemaErrorFormatter: (errors, context) => Object.assign(new Error(`${context}: ${errors.length}`), { code: 'E_FORMATTED' })
  }, echo)

  app.register(async (child) => {
    child.setValidatorCompiler(({ schema }) => (value) => schema.refuse === true ? { error: new Error('refused') } : { value: { compiled: value } })
    child.setSerializerCompiler(({ httpStatus }) => (payload) => JSON.stringify({ httpStatus, payload }))
    child.get('/compiled', { blocking, schema: { querystring: {}, response: { 200: { type: 'object' } } } }, echo)
    child.get('/refused', { blocking, schema: { querystring: { refuse: true } } }, echo)
    child.get('/own', {
      blocking,
      schema: { querystring: {}, response: { 200: {} } },
      validatorCompiler: () => () => ({ value: { own: true } }),
      serializerCompiler: () => () => 'own serializer'
    }, echo)
  }, { prefix: '/compilers' })
  app.register(async (child) => {
    child.setReplySerializer((payload, status) => `${status}:${JSON.stringify(payload)}`)
    child.get('/', { blocking }, () => ({ serialized: true }))
    child.get('/schema', { blocking, schema: { response: responses } }, () => ({ name: 'a', secret: true }))
    child.get('/text', { blocking }, () => 'a text is left alone')
    child.get('/error', { blocking }, () => { throw new Error('an error is left alone') })
    child.get('/itself', { blocking }, (_request, reply) => ({ itself: reply.serialize({ a: 1 }) }))
    child.get('/over', { blocking }, (_request, reply) => reply.serializer(() => 'over').send({}))
  }, { prefix: '/serializer' })
  app.register(async (child) => {
    child.setErrorHandler((error, _request, reply) => {
      reply.code(error.statusCode ?? 500).send({ code: error.code, validation: error.validation, context: error.validationContext, isError: error instanceof Error })
    })
    child.post('/body', { blocking, schema: { body: bodySchema } }, echo)
    child.post('/in-handler', { blocking }, (request) => {
      const validate = request.compileValidationSchema(bodySchema)
      if (!validate(request.body)) throw Object.assign(new Error('invalid'), { validation: validate.errors, statusCode: 400 })
      return request.body
    })
  }, { prefix: '/handled' })
  return app
}
