import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import workerpool from 'workerpool'
import { maxThreads } from '../../limits.js'

const pool = workerpool.pool(fileURLToPath(new URL('./workerpool-worker.js', import.meta.url)), { maxWorkers: maxThreads, workerType: 'thread' })

export const app = Fastify()

app.addHook('onClose', () => pool.terminate())

app.get('/noop', () => pool.exec('noop'))
app.get('/work/:ms', (request) => pool.exec('spin', [Number(request.params.ms)]))
