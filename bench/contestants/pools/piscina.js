import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { maxThreads } from '../../limits.js'

// A thread above minThreads is ended as soon as it idles, unless an idleTimeout is set: here all are kept.
const pool = new Piscina({ filename: new URL('./tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

app.get('/noop', () => pool.run(undefined, { name: 'noop' }))
app.get('/work/:ms', (request) => pool.run(Number(request.params.ms), { name: 'spin' }))
app.get('/ping', async () => 'pong')
