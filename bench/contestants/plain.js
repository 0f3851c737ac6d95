import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { chunks } from '../chunks.js'
import { bodyLimit } from '../limits.js'
import { rows } from '../rows.js'
import { consume, handOnBytes } from './consume.js'

// As ours.js, without the plugin.
export const app = Fastify()

handOnBytes(app)

app.get('/noop', () => ({ hello: 'world' }))
app.get('/rows', () => rows)
app.get('/stream', (_request, reply) => reply.send(Readable.from(chunks())))
app.post('/stream-up', consume)
app.post('/upload', { bodyLimit }, (request) => ({ rows: request.body.length }))
app.get('/loop', async () => ({ hello: 'world' }))
