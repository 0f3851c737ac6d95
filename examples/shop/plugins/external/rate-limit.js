import rateLimit from '@fastify/rate-limit'

/** @param {import('fastify').FastifyInstance} app */
export const autoConfig = (app) => ({ max: app.config.LIMIT_REQUESTS, timeWindow: '1 minute' })

export default rateLimit
