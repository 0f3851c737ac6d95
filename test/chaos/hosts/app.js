import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { nats } from 'fastify-blocking/nats'

/*
 * The app of the storm over worker hosts. Each handler notes in a journal that it begins, before it does anything: a line is
 * the id of the request, the time, and the host. Where the broker and the journal are is said by the environment, since
 * processes of the same app have the same options.
 */

const { BROKER, JOURNAL, HOST = 'none' } = process.env

/** ms that a handler of /overruns may take. */
const limit = 300

function begin (id) {
  const time = process.hrtime.bigint()
  appendFileSync(JOURNAL, `${id}\t${time}\t${HOST}\n`)
}

function stand (ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

export async function build () {
  const app = Fastify({ logger: { level: 'warn' }, forceCloseConnections: true })
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build' },
    pool: { maxThreads: 0 },
    queue: { max: 60, timeout: 8_000 },
    grace: 300,
    advice: false,
    remote: nats({ servers: BROKER })
  })
  const length = app.blocking.onLoop('length', (text) => text.length)
  const twice = app.blocking.offload('twice', (id, text) => {
    begin(id)
    return text + text
  })
  const idOf = (request) => {
    const id = request.headers['x-id']
    begin(id)
    return id
  }
  const routes = {
    brief: (request) => ({ id: idOf(request), host: HOST }),
    async where (request) {
      const id = idOf(request)
      await delay(100)
      return { id, host: HOST }
    },
    slow (request) {
      const id = idOf(request)
      stand(Number(request.query.ms))
      return { id }
    },
    echo: (request) => ({ id: idOf(request), body: request.body }),
    async asks (request) {
      const id = idOf(request)
      return { id, length: await length(id), sync: length.sync(id) }
    },
    * stream (request) {
      const id = idOf(request)
      for (let index = 0; index < 20; index++) {
        stand(5)
        yield `${id}\n`.repeat(200)
      }
    },
    later (request, reply) {
      const id = idOf(request)
      reply.background(() => stand(20))
      return { id }
    },
    overruns: {
      blocking: { timeout: limit },
      handler (request) {
        idOf(request)
        for (;;);
      }
    }
  }
  for (const [name, route] of Object.entries(routes)) {
    app.route({ method: ['GET', 'POST'], url: `/${name}`, bodyLimit: 1e7, blocking: true, ...typeof route === 'function' ? { handler: route } : route })
  }
  app.get('/twice', async ({ headers: { 'x-id': id } }) => ({ id, text: await twice(id, 'text') }))
  app.get('/stats', async () => app.blocking.stats())
  return app
}
