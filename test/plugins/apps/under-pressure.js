import underPressure from '@fastify/under-pressure'

export const plugin = '@fastify/under-pressure'
export const uses = '`fastify.isUnderPressure`, its status route, a handler that it keeps away'

export default async function (app) {
  await app.register(underPressure, { maxHeapUsedBytes: 100_000_000_000, exposeStatusRoute: { url: '/status', routeOpts: {} } })
  app.get('/', () => ({ isUnderPressure: app.isUnderPressure(), isRead: app.memoryUsage().heapUsed > 0 }))
  await app.register(async (child) => {
    await child.register(underPressure, { healthCheck: async () => false, healthCheckInterval: 3_600_000, message: 'too much', retryAfter: 7 })
    child.get('/pressed', () => 'never')
  })
}

export const requests = [
  { path: '/', status: 200 },
  { path: '/status', status: 200 },
  { path: '/pressed', status: 503 }
]
