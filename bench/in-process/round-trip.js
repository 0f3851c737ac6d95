import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { openBarePort } from '../bare-port.js'

/** What an offloaded function does, and what is sent to and fro without one. */
const message = { id: 1, name: 'noop' }

export async function build () {
  const app = Fastify()
  await app.register(blocking, { app: { module: import.meta.url, factory: 'build' }, pool: { maxThreads: 1 } })
  app.decorate('offloaded', app.blocking.offload('noop', (value) => value))
  return app
}

/** One after the other: what a call costs that has nobody to wait for. */
export async function prepare () {
  const app = await build()
  await app.ready()
  const sendToAndFro = await openBarePort()
  return {
    async ours (times) {
      for (let time = 0; time < times; time++) await app.offloaded(message)
    },
    rival: (times) => sendToAndFro(message, times)
  }
}
