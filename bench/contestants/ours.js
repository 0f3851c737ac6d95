import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../limits.js'
import { chunks } from '../chunks.js'
import { rows } from '../rows.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
app.get('/rows', { blocking: true }, () => rows)
app.get('/stream', { blocking: true }, chunks)
app.get('/loop', async () => ({ hello: 'world' }))
