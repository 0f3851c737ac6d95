import { isWorker } from 'fastify-blocking'

const now = () => performance.timeOrigin + performance.now()

let started
if (!isWorker) process.once('worker', () => { started = now() })

/** When the first worker was started, when its app was ready, and what it and the whole process take then; in ms and bytes. */
export function addReadings (app) {
  let ready
  app.addHook('onReady', async () => { ready = now() })

  app.get('/started', async () => ({ started }))
  app.get('/readings', { blocking: true }, () => ({ ready, heap: process.memoryUsage().heapUsed, memory: process.memoryUsage.rss() }))
}
