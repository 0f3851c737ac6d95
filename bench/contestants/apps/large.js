import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../../limits.js'
import { addReadings } from './readings.js'

// 300 routes, each with schemas of its own for the parameters, the body and the answer. It takes seconds to boot.
export const app = Fastify({ pluginTimeout: 120_000 })

await app.register(blocking, { app: import.meta.url, pool: { minThreads: maxThreads, maxThreads } })

addReadings(app)

const text = { type: 'string', minLength: 1, maxLength: 200 }
const order = (index) => ({
  type: 'object',
  required: ['id', 'customer', 'lines'],
  properties: {
    id: { type: 'integer', minimum: index },
    customer: { type: 'object', required: ['name'], properties: { name: text, email: { type: 'string', format: 'email' }, city: text } },
    lines: {
      type: 'array',
      maxItems: 100 + index,
      items: { type: 'object', required: ['product', 'amount'], properties: { product: text, amount: { type: 'integer', minimum: 1 }, price: { type: 'number' } } }
    }
  }
})

for (let index = 0; index < 300; index++) {
  const params = { type: 'object', properties: { id: { type: 'integer', minimum: index } } }
  app.put(`/orders-${index}/:id`, {
    blocking: index % 2 === 0,
    schema: { params, body: order(index), response: { 200: order(index) } }
  }, (request) => request.body)
}
