import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import { FixedThreadPool } from 'poolifier'
import { maxThreads } from '../../limits.js'

const pool = new FixedThreadPool(maxThreads, fileURLToPath(new URL('./poolifier-worker.js', import.meta.url)), {
  errorHandler: (error) => console.error(error)
})

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

app.get('/noop', () => pool.execute(undefined, 'noop'))
app.get('/work/:ms', (request) => pool.execute(Number(request.params.ms), 'spin'))
