import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../limits.js'
import { work } from '../work.js'

/** What ours.js has, without a mark: /work moves to a worker by itself. */
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, dispatch: { measured: { threshold: 5 } }, pool: { maxThreads } })

app.get('/noop', () => ({ hello: 'world' }))
app.get('/work', work)
app.get('/ping', async () => 'pong')
app.get('/loop', async () => ({ hello: 'world' }))
