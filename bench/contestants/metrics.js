import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../limits.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads }, metrics: { prometheus: true } })

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
