import { Type } from '@fastify/type-provider-typebox'
import { Failure, Id } from '../../../schemas/common.js'
import { Cart, Order, Orders } from '../../../schemas/orders.js'
import { blocks } from '../../../threads.js'

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function orders (app) {
  const { orders, papers } = app
  const tags = ['orders']

  app.post('/', { blocking: blocks, schema: { tags, body: Cart, response: { 201: Order, 401: Failure, 404: Failure, 409: Failure } } },
    async (request, reply) => {
      const order = orders.place(request.dependencies.customer, request.body.lines)
      // A mail takes its time; the customer need not wait for it.
      reply.background(() => request.log.info({ mail: papers.mail(order) }, 'a mail was sent'))
      return reply.code(201).header('location', `/api/orders/${order.id}`).send(order)
    })

  app.get('/', { blocking: blocks, schema: { tags, response: { 200: Orders, 401: Failure } } },
    async (request) => orders.of(request.dependencies.customer))

  app.get('/:id', { blocking: blocks, schema: { tags, params: Id, response: { 200: Order, 401: Failure, 404: Failure } } },
    async (request) => orders.get(request.dependencies.customer, request.params.id))

  app.post('/:id/cancel', { blocking: blocks, schema: { tags, params: Id, response: { 200: Order, 401: Failure, 404: Failure, 409: Failure } } },
    async (request) => orders.cancel(request.dependencies.customer, request.params.id))

  app.get('/:id/mail', { blocking: blocks, schema: { tags, params: Id, response: { 200: Type.String(), 401: Failure, 404: Failure } } },
    async (request, reply) => {
      reply.type('text/plain; charset=utf-8')
      return papers.mail(orders.get(request.dependencies.customer, request.params.id))
    })

  app.get('/:id/invoice', { blocking: blocks, schema: { tags, params: Id, response: { 200: Type.Unknown(), 401: Failure, 404: Failure } } },
    async (request, reply) => {
      const order = orders.get(request.dependencies.customer, request.params.id)
      reply.type('application/pdf').header('content-disposition', `attachment; filename="invoice-${order.id}.pdf"`)
      return reply.send(papers.invoice(order))
    })
}
