import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../limits.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads }, advice: true })

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
app.get('/loop', async () => ({ hello: 'world' }))
