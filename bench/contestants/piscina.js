import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { maxThreads } from '../limits.js'

// What one writes by hand: a file of tasks, and Fastify serializes what they return. Threads are kept: as it comes, Piscina
// ends those above minThreads as soon as they idle, and starts others for the next requests.
const pool = new Piscina({ filename: new URL('./piscina-tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify()

app.addHook('onClose', () => pool.destroy())

app.get('/noop', () => pool.run(undefined, { name: 'noop' }))
app.get('/rows', () => pool.run(undefined, { name: 'allRows' }))
app.get('/some-rows', () => pool.run(undefined, { name: 'tenthOfRows' }))
app.get('/work', () => pool.run(undefined, { name: 'work' }))
app.get('/ping', async () => 'pong')
