import Fastify from 'fastify'
import { Tinypool } from 'tinypool'
import { maxThreads } from '../../limits.js'

const pool = new Tinypool({ filename: new URL('./tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

app.get('/noop', () => pool.run(undefined, { name: 'noop' }))
app.get('/work/:ms', (request) => pool.run(Number(request.params.ms), { name: 'spin' }))
