import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'

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
  const { port1, port2 } = new MessageChannel()
  const echo = new Worker('const { workerData: port } = require("node:worker_threads"); port.on("message", (message) => port.postMessage(message))', {
    eval: true, workerData: port2, transferList: [port2]
  })
  await once(echo, 'online')
  return {
    async ours (times) {
      for (let time = 0; time < times; time++) await app.offloaded(message)
    },
    rival: (times) => new Promise((resolve) => {
      let left = times
      const answered = () => {
        if (left-- > 0) return port1.postMessage(message)
        port1.off('message', answered)
        resolve()
      }
      port1.on('message', answered)
      answered()
    })
  }
}
