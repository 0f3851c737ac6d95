import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { maxThreads } from '../../limits.js'

const pool = new Piscina({ filename: new URL('./tasks.js', import.meta.url).href, maxThreads })

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

app.get('/noop', () => pool.run(undefined, { name: 'noop' }))
app.get('/work/:ms', (request) => pool.run(Number(request.params.ms), { name: 'spin' }))
app.get('/ping', async () => 'pong')
