import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { maxThreads } from '../limits.js'

// What one writes by hand: Piscina as it comes, a file of tasks, and Fastify serializes what they return.
const pool = new Piscina({ filename: new URL('./piscina-tasks.js', import.meta.url).href, maxThreads })

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

app.get('/noop', () => pool.run(undefined, { name: 'noop' }))
app.get('/rows', () => pool.run(undefined, { name: 'allRows' }))
app.get('/some-rows', () => pool.run(undefined, { name: 'tenthOfRows' }))
app.get('/work', () => pool.run(undefined, { name: 'work' }))
app.get('/ping', async () => 'pong')
