import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import Fastify from 'fastify'
import { maxThreads } from '../../limits.js'

// The floor: threads by turns, a message each way, and no queue, no errors, no limits. Nobody should run this.
const threads = Array.from({ length: maxThreads }, () => new Worker(new URL('./message-port-worker.js', import.meta.url)))
await Promise.all(threads.map((thread) => once(thread, 'online')))

const waiting = new Map()
let last = 0

for (const thread of threads) {
  thread.on('message', ({ id, result }) => {
    waiting.get(id)(result)
    waiting.delete(id)
  })
}

function run (name, value) {
  return new Promise((resolve) => {
    const id = ++last
    waiting.set(id, resolve)
    threads[id % threads.length].postMessage({ id, name, value })
  })
}

export const app = Fastify()

app.addHook('onClose', () => Promise.all(threads.map((thread) => thread.terminate())))

app.get('/noop', () => run('noop'))
app.get('/work/:ms', (request) => run('spin', Number(request.params.ms)))
