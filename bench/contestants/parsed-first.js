import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { bodyLimit, maxThreads } from '../limits.js'

// As ours.js, without `parse: true`: the loop parses, and what it has made of the body is cloned.
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

app.post('/upload', { blocking: true, bodyLimit }, (request) => ({ rows: request.body.length }))
