import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { bodyLimit, maxThreads } from '../../limits.js'

// As ours-hooked.js, but the hook sees nothing of the body.
export const app = Fastify({ bodyLimit })

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })
app.addHook('preHandler', async () => {})
app.post('/json', { blocking: { parse: 'deferred' } }, (request) => ({ rows: request.body.length }))
