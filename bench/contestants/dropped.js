import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'

/** About as long as it takes to parse 20 MB, in ms: a processor that has idled reads more slowly. */
const parsing = 150

// The least that a body can cost the loop: node:http reads it, and nobody looks at it.
export const app = Fastify()

app.addContentTypeParser('application/json', (_request, payload, done) => {
  payload.resume().once('end', () => done(null))
})

app.post('/upload', () => wait(parsing, { rows: 0 }))
