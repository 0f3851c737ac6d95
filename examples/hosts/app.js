import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { nats } from 'fastify-blocking/nats'
import { register } from 'prom-client'

const { NATS_URL = 'nats://127.0.0.1:4222', NATS_USER: user, NATS_PASSWORD: pass, NATS_CA: caFile } = process.env

const params = {
  type: 'object',
  properties: { below: { type: 'integer', minimum: 2, maximum: 10_000_000 } }
}

/** The app of both sides: server.js listens, and each thread of a host builds it. */
export async function build () {
  const app = Fastify({ logger: true })
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build' },
    grace: 5_000,
    // All that blocks runs on hosts, so a server needs one processor.
    pool: { maxThreads: 0 },
    metrics: { prometheus: register },
    remote: nats({ servers: NATS_URL, user, pass, ...(caFile && { tls: { caFile } }) })
  })

  app.get('/primes/:below', { blocking: true, schema: { params } }, ({ params: { below } }) => ({ primes: count(below) }))

  app.get('/ready', async (request, reply) => {
    const isReady = !app.blocking.isSaturated()
    reply.code(isReady ? 200 : 503)
    return { isReady }
  })

  app.get('/metrics', async (request, reply) => {
    reply.type(register.contentType)
    return await register.metrics()
  })

  return app
}

/**
 * @param {number} below
 * @returns {number} how many primes are less than it
 */
function count (below) {
  const isComposite = new Uint8Array(below)
  let primes = 0
  for (let number = 2; number < below; number++) {
    if (isComposite[number]) continue
    primes++
    for (let multiple = number * number; multiple < below; multiple += number) isComposite[multiple] = 1
  }
  return primes
}
