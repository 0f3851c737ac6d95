import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import dashboard from 'fastify-blocking/dashboard'
import burgers from './burgers/app.js'
import { card } from './card.js'
import { ocr } from './ocr.js'
import quickstart from './quickstart.js'
import { redact } from './redact.js'
import { reports } from './reports.js'
import { text } from './text.js'

// Each worker imports this module too, and so has the same app.
export const app = Fastify({
  logger: { level: process.env.LOG_LEVEL ?? 'warn' },
  // The whole app is built in each worker too, and on a small machine that takes a while.
  pluginTimeout: 60_000
})

// When several reports are asked for at once, the last may wait for long.
await app.register(blocking, { app: import.meta.url, timeout: 60_000, queue: { timeout: 60_000 } })

// Shows all threads of the server, those of the burgers too.
app.register(dashboard, { prefix: '/blocking' })
app.register(burgers, { prefix: '/burgers' })
app.register(card)
app.register(ocr)
app.register(quickstart)
app.register(redact)
app.register(reports, { prefix: '/reports' })
app.register(text)

app.get('/stats', async () => app.blocking.stats())
