import Fastify from 'fastify'
import blockingPlugin from 'fastify-blocking'

/** What every app of these tests starts with: on the loop it is plain Fastify, without the plugin. */
export async function create (module, { blocking }, server = {}, settings = {}) {
  const app = Fastify(server)
  if (blocking) {
    await app.register(blockingPlugin, {
      app: { module, factory: 'build', options: { blocking } },
      pool: { maxThreads: 1 },
      ...settings
    })
  }
  return app
}
