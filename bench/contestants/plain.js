import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { chunks } from '../chunks.js'
import { rows } from '../rows.js'

// As ours.js, without the plugin.
export const app = Fastify()

app.get('/noop', () => ({ hello: 'world' }))
app.get('/rows', () => rows)
app.get('/stream', (_request, reply) => reply.send(Readable.from(chunks())))
app.get('/loop', async () => ({ hello: 'world' }))
