import { isMainThread } from 'node:worker_threads'
import Fastify from 'fastify'
import blockingPlugin from 'fastify-blocking'

/** ms */
const threshold = 1

/** Takes the marks from the routes of an app, whose handlers hold the loop for so long that they move to a worker. */
function unmark (app) {
  app.addHook('onRoute', (route) => {
    const { handler } = route
    delete route.blocking
    if (!isMainThread) return
    route.handler = function holdAndHandle (request, reply) {
      const end = performance.now() + threshold
      while (performance.now() < end);
      return handler.call(this, request, reply)
    }
  })
}

/** What every app of these tests starts with: on the loop it is plain Fastify, without the plugin. */
export async function create (module, options, server = {}, settings = {}) {
  // On a busy machine workers take their time.
  const app = Fastify({ pluginTimeout: 100_000, ...server })
  const isMeasured = options.blocking === 'measured'
  if (isMeasured) unmark(app)
  if (options.blocking) {
    await app.register(blockingPlugin, {
      app: { module, factory: 'build', options },
      pool: { maxThreads: 1, execArgv: [] },
      queue: { timeout: 100_000 },
      grace: 100_000,
      ...isMeasured && { dispatch: { measured: { threshold } } },
      ...settings
    })
  }
  return app
}
