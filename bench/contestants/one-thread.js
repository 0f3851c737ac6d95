import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { work } from '../work.js'

// As ours.js, with a single thread.
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads: 1 } })

app.get('/work', { blocking: true }, work)
