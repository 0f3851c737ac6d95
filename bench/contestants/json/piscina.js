import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { bodyLimit, maxThreads } from '../../limits.js'

// Objects cross, and Fastify parses and serializes them.
const pool = new Piscina({ filename: new URL('./tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify({ bodyLimit })

app.addHook('onClose', () => pool.destroy())

app.get('/json/:count', (request) => pool.run(Number(request.params.count), { name: 'answer' }))
app.post('/json', (request) => pool.run(request.body, { name: 'read' }))
