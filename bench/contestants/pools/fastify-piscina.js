import Fastify from 'fastify'
import piscina from 'fastify-piscina'
import { maxThreads } from '../../limits.js'

export const app = Fastify()

await app.register(piscina, { filename: new URL('./tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

app.addHook('onClose', () => app.piscina.destroy())

// Its runTask knows one task per file; the pool that it decorates with knows them by name.
app.get('/noop', () => app.piscina.run(undefined, { name: 'noop' }))
app.get('/work/:ms', (request) => app.piscina.run(Number(request.params.ms), { name: 'spin' }))
