import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../../limits.js'
import { order } from '../../order.js'
import { addReadings } from './readings.js'

// 300 routes, each with schemas of its own for the parameters, the body and the answer. It takes seconds to boot.
export const app = Fastify({ pluginTimeout: 120_000 })

await app.register(blocking, { app: import.meta.url, pool: { minThreads: maxThreads, maxThreads } })

addReadings(app)

for (let index = 0; index < 300; index++) {
  const params = { type: 'object', properties: { id: { type: 'integer', minimum: index } } }
  app.put(`/orders-${index}/:id`, {
    blocking: index % 2 === 0,
    schema: { params, body: order(index), response: { 200: order(index) } }
  }, (request) => request.body)
}
