import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'

export const plugin = '@fastify/swagger-ui'
export const uses = 'its own routes; `fastify.swaggerCSP`'

export default async function (app) {
  await app.register(swagger, { openapi: { info: { title: 'An app', version: '1.0.0' } } })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  app.get('/items', () => [1])
  app.get('/csp', () => app.swaggerCSP)
}

export const requests = ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-initializer.js', '/docs/static/index.css', '/docs/static/logo.svg', '/csp', '/items'].map((path) => ({ path, status: 200 })).concat({ path: '/docs/static/none', status: 404 })
