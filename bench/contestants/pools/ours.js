import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../../limits.js'
import { spin } from '../../work.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
app.get('/work/:ms', { blocking: true }, (request) => spin(Number(request.params.ms)))
app.get('/ping', async () => 'pong')
