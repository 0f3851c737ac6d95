import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { bodyLimit, maxThreads } from '../../limits.js'
import { sizes, takeRows } from '../../sizes.js'

export const app = Fastify({ bodyLimit })

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

for (const { count } of Object.values(sizes)) {
  const rows = takeRows(count)
  app.get(`/json/${count}`, { blocking: true }, () => rows)
}

app.post('/json', { blocking: { parse: true } }, (request) => ({ rows: request.body.length }))
