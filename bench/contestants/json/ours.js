import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { bodyLimit, maxThreads } from '../../limits.js'
import { sizes, takeRows } from '../../sizes.js'

export const app = Fastify({ bodyLimit })

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

for (const { count } of Object.values(sizes)) {
  // Made where the handler runs, as the tasks of piscina.js have them.
  let rows
  app.get(`/json/${count}`, { blocking: true }, () => (rows ??= takeRows(count)))
}

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))

const count = (request) => ({ rows: request.body.length })
app.post('/json', { blocking: true }, count)
app.post('/json/streamed', { blocking: { parse: true } }, count)
