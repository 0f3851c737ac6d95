import Fastify from 'fastify'
import { rows, someRows } from '../rows.js'

// The least that an answer can cost the loop: its bytes are there.
export const app = Fastify()

app.get('/noop', () => ({ hello: 'world' }))

for (const [path, answer] of Object.entries({ '/rows': rows, '/some-rows': someRows })) {
  const bytes = Buffer.from(JSON.stringify(answer))
  app.get(path, async (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes))
}
