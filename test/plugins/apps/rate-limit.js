import rateLimit from '@fastify/rate-limit'

export const plugin = '@fastify/rate-limit'
export const uses = 'its headers and its limit; `fastify.createRateLimit`'

export default async function (app) {
  await app.register(rateLimit, { max: 2, timeWindow: '1 hour', keyGenerator: (request) => request.headers['x-by'] })
  const check = app.createRateLimit({ max: 1, timeWindow: '1 hour' })
  app.get('/', (_request, reply) => ({ remaining: reply.getHeader('x-ratelimit-remaining') }))
  app.get('/checked', { config: { rateLimit: false } }, async (request) => {
    const { isAllowed, remaining, isExceeded } = await check(request)
    return { isAllowed, remaining, isExceeded }
  })
}

export const requests = [
  { path: '/', status: 200 },
  { path: '/', status: 200 },
  { path: '/', status: 429 },
  { path: '/checked', status: 200 },
  { path: '/checked', status: 200 }
]
export const random = { seconds: /(?<="(?:x-ratelimit-reset|retry-after)":")\d+/g }
