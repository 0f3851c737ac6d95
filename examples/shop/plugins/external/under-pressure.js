import { access, constants } from 'node:fs/promises'
import underPressure from '@fastify/under-pressure'

/** @param {import('fastify').FastifyInstance} app */
export const autoConfig = (app) => ({
  maxEventLoopDelay: 5_000,
  message: 'Too much to do, try again later',
  retryAfter: 10,
  exposeStatusRoute: '/health',
  async healthCheck () {
    await access(app.config.SHOP_DATA, constants.W_OK)
    return true
  },
  healthCheckInterval: 5_000
})

export default underPressure
