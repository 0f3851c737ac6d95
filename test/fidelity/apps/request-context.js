import requestContext from '@fastify/request-context'

export const plugin = '@fastify/request-context'
export const uses = '`request.requestContext`, and the same by import, after an `await` too'

export default async function (app) {
  await app.register(requestContext.default ?? requestContext, { defaultStoreValues: (request) => ({ user: request.headers['x-user'] ?? 'nobody' }) })
  app.addHook('preHandler', async (request) => { request.requestContext.set('byHook', { deep: [1] }) })
  app.get('/', async (request) => {
    const before = request.requestContext.get('user')
    request.requestContext.set('user', 'changed')
    await new Promise((resolve) => setImmediate(resolve))
    return { before, after: requestContext.requestContext.get('user'), byHook: requestContext.requestContext.get('byHook') }
  })
  app.addHook('onSend', async (request, reply) => { reply.header('x-context', String(request.requestContext.get('byHook').deep)) })
}

export const requests = [
  { path: '/', headers: { 'x-user': 'ann' }, status: 200 },
  { path: '/', status: 200 }
]
