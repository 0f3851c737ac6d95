import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { bodyLimit, maxThreads } from '../limits.js'
import { chunks } from '../chunks.js'
import { rows, someRows } from '../rows.js'
import { work } from '../work.js'
import { consume, handOnBytes } from './consume.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

handOnBytes(app)

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))
app.get('/rows', { blocking: true }, () => rows)
app.get('/some-rows', { blocking: true }, () => someRows)
app.get('/work', { blocking: true }, work)
app.get('/ping', async () => 'pong')
app.get('/stream', { blocking: true }, chunks)
app.post('/stream-up', { blocking: true }, consume)
app.post('/upload', { blocking: { parse: true }, bodyLimit }, (request) => ({ rows: request.body.length }))
app.get('/loop', async () => ({ hello: 'world' }))
