import { Type } from '@fastify/type-provider-typebox'
import { staff } from '../../../guards.js'
import { Failure, Id } from '../../../schemas/common.js'
import { Found, NewProduct, Product, ProductChange, Search } from '../../../schemas/products.js'
import { blocks } from '../../../threads.js'

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function products (app) {
  const { products } = app
  const tags = ['products']

  app.get('/', { blocking: blocks, schema: { tags, querystring: Search, response: { 200: Found } } },
    async (request) => products.find(request.query))

  app.get('/:id', { blocking: blocks, schema: { tags, params: Id, response: { 200: Product, 404: Failure } } },
    async (request) => products.get(request.params.id))

  app.post('/', {
    blocking: blocks,
    dependencies: { staff },
    schema: { tags, body: NewProduct, response: { 201: Product, 401: Failure, 403: Failure, 409: Failure } }
  }, async (request, reply) => {
    const product = products.add(request.body)
    request.log.info({ product: product.id }, 'a product was added')
    reply.code(201).header('location', `/api/products/${product.id}`)
    return product
  })

  app.patch('/:id', {
    blocking: blocks,
    dependencies: { staff },
    schema: { tags, params: Id, body: ProductChange, response: { 200: Product, 404: Failure } }
  }, async (request) => products.change(request.params.id, request.body))

  app.delete('/:id', {
    blocking: blocks,
    dependencies: { staff },
    schema: { tags, params: Id, response: { 204: Type.Null(), 404: Failure } }
  }, async (request, reply) => {
    products.remove(request.params.id)
    reply.code(204)
  })
}
