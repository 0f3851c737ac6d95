import Fastify from 'fastify'
import blockingPlugin from 'fastify-blocking'

/** What every app of these tests starts with: on the loop it is plain Fastify, without the plugin. */
export async function create (module, options, server = {}, settings = {}) {
  // On a busy machine workers take their time.
  const app = Fastify({ pluginTimeout: 100_000, ...server })
  if (options.blocking) {
    await app.register(blockingPlugin, {
      app: { module, factory: 'build', options },
      pool: { maxThreads: 1, execArgv: [] },
      queue: { timeout: 100_000 },
      grace: 100_000,
      ...settings
    })
  }
  return app
}
