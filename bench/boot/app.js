import { createRequire } from 'node:module'
import Fastify from 'fastify'
import { order } from '../order.js'

const require = createRequire(createRequire(import.meta.url).resolve('fastify'))

/** ms that the compilation of the schemas of each URL has taken in this thread, if `isTimed`. */
const compiled = new Map()

const time = (compile) => (spec) => {
  const begun = performance.now()
  const run = compile(spec)
  compiled.set(spec.url, (compiled.get(spec.url) ?? 0) + performance.now() - begun)
  return run
}

const timedFactory = {
  buildValidator: (schemas, options) => time(require('@fastify/ajv-compiler')()(schemas, options)),
  buildSerializer: (schemas, options) => time(require('@fastify/fast-json-stringify-compiler')()(schemas, options))
}

/** Keeps the thread busy for so many ms. */
function keepBusy (milliseconds = 0) {
  for (const until = performance.now() + Number(milliseconds); performance.now() < until;);
}

/**
 * An app of one route without a schema, and of `routes` routes, each with schemas of its own for the parameters, the body and the
 * answer. `blocking`: the options of the plugin; undefined for an app without it.
 */
export async function build ({ routes, blocking, isTimed = false }) {
  const first = performance.now()
  const app = Fastify({ pluginTimeout: 120_000, ...isTimed && { schemaController: { compilersFactory: timedFactory } } })
  if (blocking !== undefined) {
    const options = { routes, blocking, isTimed }
    await app.register(await import('fastify-blocking'), { app: { module: import.meta.url, factory: 'build', options }, ...blocking })
  }
  const mark = blocking === undefined ? {} : { blocking: true }
  let ready
  app.addHook('onReady', async () => { ready = performance.now() - first })
  app.get('/boot', mark, (request) => {
    keepBusy(request.query.busy)
    return { ready }
  })
  app.decorate('compiled', compiled)
  for (let index = 0; index < routes; index++) {
    app.put(`/orders-${index}/:id`, {
      ...mark,
      schema: { params: { type: 'object', properties: { id: { type: 'integer', minimum: 0 } } }, body: order(index), response: { 200: order(index) } }
    }, (request) => {
      keepBusy(request.query.busy)
      return request.body
    })
  }
  return app
}
