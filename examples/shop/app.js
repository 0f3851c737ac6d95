import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { threads } from './threads.js'

/** @param {string} name */
const folder = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Workers call this as well, and so have the same app. */
export async function build () {
  const app = Fastify({
    logger: { level: process.env.LOG_LEVEL ?? 'warn' },
    // The whole app is built in each worker too, and beside others on a small machine that takes a while.
    pluginTimeout: 60_000,
    // Unknown properties of a body are refused, not dropped.
    ajv: { customOptions: { removeAdditional: false } }
  })

  // Before the routes, which it is to see.
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build' },
    dispatch: threads === 'all' ? 'all' : 'explicit'
  })

  // Awaited, as the others need what these bring: app.config above all.
  await app.register(autoload, { dir: folder('plugins/external'), forceESM: true, options: {} })
  await app.register(autoload, { dir: folder('plugins/app'), forceESM: true, options: {} })

  app.setErrorHandler((/** @type {import('fastify').FastifyError} */ error, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ err: error }, 'a request has failed')
    reply.code(status)
    if (error.validation !== undefined) return { error: 'invalid', part: error.validationContext, message: error.message }
    return { error: error.code ?? error.name, message: status < 500 ? error.message : 'Something went wrong. It is not your fault.' }
  })

  // Whoever tries out addresses is held up.
  app.setNotFoundHandler({ preHandler: app.rateLimit({ max: app.config.LIMIT_NOT_FOUND, timeWindow: '1 minute', groupId: 'not found' }) }, (request, reply) => {
    request.log.info({ url: request.url }, 'there is no such address')
    reply.code(404)
    return { error: 'not found', message: `There is nothing at ${request.method} ${request.url}` }
  })

  app.register(autoload, {
    dir: folder('routes'),
    forceESM: true,
    options: {},
    autoHooks: true,
    cascadeHooks: true,
    routeParams: true
  })

  return app
}
