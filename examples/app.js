import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { invoice } from './routes/invoice.js'
import { picture } from './routes/picture.js'
import { report } from './routes/report.js'

// Each worker imports this module too, and so has the same app.
export const app = Fastify({ logger: { level: process.env.LOG_LEVEL ?? 'warn' } })

await app.register(blocking, { app: import.meta.url })

app.register(report)
app.register(invoice)
app.register(picture)

app.get('/ping', async () => 'pong')
app.get('/stats', async () => app.blocking.stats())
