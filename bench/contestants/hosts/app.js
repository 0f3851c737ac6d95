import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { nats } from 'fastify-blocking/nats'

const cell = new Int32Array(new SharedArrayBuffer(4))

/** `servers`: of the broker; undefined: one thread of this process. */
export async function build ({ servers } = {}) {
  const app = Fastify()
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build', options: { servers } },
    ...(servers === undefined ? { pool: { maxThreads: 1 } } : { pool: { maxThreads: 0 }, remote: nats({ servers }) })
  })
  app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
  app.get('/wait', { blocking: true }, () => {
    Atomics.wait(cell, 0, 0, 20)
    return { hello: 'world' }
  })
  return app
}
