import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { chunks } from '../chunks.js'
import { bodyLimit } from '../limits.js'
import { rows, someRows } from '../rows.js'
import { work } from '../work.js'
import { consume, handOnBytes } from './consume.js'

// As ours.js, without the plugin: the same routes.
export const app = Fastify()

handOnBytes(app)

app.get('/noop', () => ({ hello: 'world' }))
app.get('/rows', () => rows)
app.get('/some-rows', () => someRows)
app.get('/work', work)
app.get('/ping', async () => 'pong')
app.get('/stream', (_request, reply) => reply.send(Readable.from(chunks())))
app.post('/stream-up', consume)
app.post('/upload', { bodyLimit }, (request) => ({ rows: request.body.length }))
app.get('/loop', async () => ({ hello: 'world' }))
