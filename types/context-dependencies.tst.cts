import Fastify = require('fastify')
import blocking = require('fastify-blocking')
import tstyche = require('tstyche')

const { expect, test } = tstyche
const app = Fastify()
const tenant = blocking.dependency((request) => request.hostname)

declare module 'fastify' {
  interface ContextDependencies {
    host: typeof tenant
  }
}

test('CommonJS says as well what a context gives', () => {
  app.addDependencies({ host: tenant }).get('/', (request) => expect(request.dependencies).type.toBe<{ readonly host: string }>())
})
