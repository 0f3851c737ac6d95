import { fastifyRequestContext, requestContext } from '@fastify/request-context'

export const plugin = '@fastify/request-context'
export const uses = '`request.requestContext`, and the same by import, after an `await` too; made in each of its hooks'

export default async function (app) {
  for (const hook of ['onRequest', 'preValidation', 'preHandler']) {
    app.register(async (context) => {
      await context.register(fastifyRequestContext, { hook, defaultStoreValues: (request) => ({ user: request.headers['x-user'] ?? 'nobody' }) })
      context.addHook('preHandler', async (request) => { request.requestContext.set('byHook', { deep: [1] }) })
      context.get(`/${hook}`, async (request) => {
        const before = request.requestContext.get('user')
        request.requestContext.set('user', 'changed')
        await new Promise((resolve) => setImmediate(resolve))
        return { before, after: requestContext.get('user'), byHook: requestContext.get('byHook') }
      })
      context.addHook('onSend', async (request, reply) => { reply.header('x-context', String(request.requestContext.get('byHook').deep)) })
    })
  }
}

export const requests = ['/onRequest', '/preValidation', '/preHandler'].flatMap((path) => [
  { path, headers: { 'x-user': 'ann' }, status: 200 },
  { path, status: 200 }
])
