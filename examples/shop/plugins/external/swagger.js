import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

export default fp(async function documentation (app) {
  await app.register(swagger, {
    hideUntagged: true,
    openapi: { info: { title: 'A shop', version: '1.0.0', description: 'An example of fastify-blocking' } }
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
}, { name: 'shop-documentation' })
