// An app with the work of a case in a blocking route. Its parent, another process, asks it and pings the loop meanwhile.
import { isMainThread } from 'node:worker_threads'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { prepareCase } from './case.js'

// With the priority of other processes, so that what those do counts on both sides alike. On a busy machine threads take long to boot.
const app = Fastify({ pluginTimeout: 120_000 })
await app.register(blocking, { app: import.meta.url, queue: { timeout: 120_000 }, timeout: 120_000, pool: { niceIncrement: 0 } })

let preparing
app.get('/run', { blocking: true }, async () => {
  preparing ??= prepareCase()
  await (await preparing)()
  return 'done'
})
app.get('/ping', async () => 'pong')

await app.listen({ port: 0, host: '127.0.0.1' })
if (isMainThread) process.send(app.server.address().port)
