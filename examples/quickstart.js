import { fileURLToPath } from 'node:url'
import { Type } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'

const params = Type.Object({ n: Type.Integer({ minimum: 0, maximum: 90 }) })

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function quickstart (app) {
  // In an app that has worker threads already, such as app.js, those are used.
  if (!app.hasDecorator('blocking')) await app.register(blocking, { app: import.meta.url })

  app.get('/fib/:n', { blocking: true, schema: { params } }, // worker
    ({ params, signal }) => ({ fib: fib(params.n, signal) }))

  app.get('/ping', async () => 'pong') // loop
}

/**
 * @param {number} n
 * @param {AbortSignal} signal Looked at some hundred times a second: has the client gone, or is the time over?
 * @returns {number}
 */
function fib (n, signal) {
  if (n === 30 && signal.aborted) throw signal.reason
  return n < 2 ? n : fib(n - 1, signal) + fib(n - 2, signal)
}

// Run alone: node examples/quickstart.js
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const app = Fastify({ pluginTimeout: 60_000 })
  app.register(quickstart)
  const address = await app.listen({ port: Number(process.env.PORT ?? 3000) })
  console.log(`Try: curl ${address}/fib/42 & curl ${address}/ping`)
}
