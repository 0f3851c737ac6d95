import Fastify from 'fastify'
import blocking from 'fastify-blocking'

export async function build () {
  const app = Fastify()
  await app.register(blocking, { app: { module: import.meta.url, factory: 'build' }, pool: { maxThreads: 1 }, queue: { max: 20_000, timeout: 60_000 } })
  app.decorate('offloaded', app.blocking.offload('noop', () => {}))
  return app
}

/** As many calls wait as are said here, and each that has come to its end is followed by another one. */
export async function prepare () {
  const app = await build()
  await app.ready()
  const keepWaiting = async (waiting, times) => {
    let left = times
    await Promise.all(Array.from({ length: waiting }, async () => {
      while (left-- > 0) await app.offloaded()
    }))
  }
  return { ours: (times) => keepWaiting(10_000, times), rival: (times) => keepWaiting(10, times) }
}
