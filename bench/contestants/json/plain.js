import Fastify from 'fastify'
import { bodyLimit } from '../../limits.js'
import { sizes, takeRows } from '../../sizes.js'

// The same handlers, on the loop.
export const app = Fastify({ bodyLimit })

for (const { count } of Object.values(sizes)) {
  const rows = takeRows(count)
  app.get(`/json/${count}`, () => rows)
}

app.post('/json', (request) => ({ rows: request.body.length }))
