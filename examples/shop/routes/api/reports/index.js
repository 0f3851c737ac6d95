import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../../schemas/common.js'
import { Period, Sales } from '../../../schemas/reports.js'
import { blocks } from '../../../threads.js'

const page = 100

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function reports (app) {
  const { database } = app
  const tags = ['reports']

  app.get('/sales', { blocking: blocks, schema: { tags, querystring: Period, response: { 200: Sales, 401: Failure, 403: Failure } } },
    async ({ query: { from, to } }) => database.all(`
      SELECT name AS product, sum(pieces) AS pieces, sum(pieces * cents) AS cents, 1.0 * sum(pieces * cents) / sum(sum(pieces * cents)) OVER () AS share
      FROM lines JOIN orders ON orders.id = lines."order"
      WHERE status <> 'cancelled' AND substr(placed, 1, 10) BETWEEN ? AND ?
      GROUP BY name ORDER BY cents DESC, name`, [from, to]))

  app.get('/orders.csv', { blocking: blocks, schema: { tags, querystring: Period, response: { 200: Type.Unknown(), 401: Failure, 403: Failure } } },
    (request, reply) => {
      const { from, to } = request.query
      reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="orders.csv"')
      return reply.send(Readable.from(rows(from, to)))
    })

  /** As many at a time as a client takes. @param {string} from @param {string} to */
  function * rows (from, to) {
    yield 'order,customer,status,cents\n'
    for (let last = 0; ;) {
      const orders = database.all(`
        SELECT orders.id, customers.email, status, sum(pieces * cents) AS cents
        FROM orders JOIN customers ON customers.id = orders.customer JOIN lines ON lines."order" = orders.id
        WHERE orders.id > ? AND substr(placed, 1, 10) BETWEEN ? AND ? GROUP BY orders.id ORDER BY orders.id LIMIT ?`, [last, from, to, page])
      for (const { id, email, status, cents } of orders) yield `${id},${email},${status},${cents}\n`
      if (orders.length < page) return
      last = orders.at(-1).id
    }
  }
}
