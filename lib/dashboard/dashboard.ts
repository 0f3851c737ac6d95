import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { DashboardOptions } from '../options/schemas.cjs'
import { check } from '../options/validate.js'
import { isWorker } from '../wire/worker-data.js'

export type { DashboardOptions } from '../options/schemas.cjs'

async function registerDashboard (fastify: FastifyInstance, options: DashboardOptions): Promise<void> {
  check('dashboard', options, 'dashboard, option ')
  // Workers build the same app, and have nothing to show.
  if (isWorker) return
  const { addRoutes } = await import('./routes.js')
  addRoutes(fastify, options)
}

/**
 * A page that shows the threads, the queue and the event loop of the server as they are: all registrations of
 * fastify-blocking on it. `app.register(dashboard, { prefix: '/blocking', onRequest: guard })`. Without
 * `onRequest` it answers only to this machine: others get 403, FST_BLOCKING_LOCAL_ONLY. An option that does
 * not fit is FST_BLOCKING_INVALID_OPTION. See docs/dashboard.md.
 */
const dashboard = fp(registerDashboard, {
  name: 'fastify-blocking-dashboard', fastify: '5.x', encapsulate: true
})

export default dashboard
