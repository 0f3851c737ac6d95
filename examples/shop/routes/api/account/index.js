import { Type } from '@fastify/type-provider-typebox'
import { customer } from '../../../guards.js'
import { Credentials, Customer, PasswordChange, Registration } from '../../../schemas/account.js'
import { Failure } from '../../../schemas/common.js'
import { blocks } from '../../../threads.js'

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function account (app) {
  const { customers } = app
  const tags = ['account']
  const rateLimit = { max: app.config.LIMIT_LOGINS, timeWindow: '1 minute' }

  // Passwords are hashed on purpose slowly.
  app.post('/register', {
    blocking: blocks,
    config: { rateLimit },
    schema: { tags, body: Registration, response: { 201: Customer, 409: Failure } }
  }, async (request, reply) => {
    const customer = customers.register(request.body)
    request.session.customer = customer
    return reply.code(201).header('location', '/api/account').send(customer)
  })

  app.post('/login', {
    blocking: blocks,
    config: { rateLimit },
    schema: { tags, body: Credentials, response: { 200: Customer, 401: Failure } }
  }, async (request) => {
    const customer = customers.authenticate(request.body)
    // Another session, so that nobody can have known its name before.
    await request.session.regenerate()
    request.session.customer = customer
    return customer
  })

  app.post('/logout', { schema: { tags, response: { 204: Type.Null() } } }, async (request, reply) => {
    await request.session.destroy()
    reply.code(204)
  })

  app.get('/', { dependencies: { customer }, schema: { tags, response: { 200: Customer, 401: Failure } } },
    async (request) => request.dependencies.customer)

  app.put('/password', {
    blocking: blocks,
    config: { rateLimit },
    dependencies: { customer },
    schema: { tags, body: PasswordChange, response: { 204: Type.Null(), 401: Failure } }
  }, async (request, reply) => {
    const { id, email } = request.dependencies.customer
    const { password, newPassword } = request.body
    customers.authenticate({ email, password })
    customers.changePassword(id, newPassword)
    reply.code(204)
  })
}
