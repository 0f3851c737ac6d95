import Fastify from 'fastify'
import { rows } from '../rows.js'

// As ours.js, without the plugin.
export const app = Fastify()

app.get('/noop', () => ({ hello: 'world' }))
app.get('/rows', () => rows)
app.get('/loop', async () => ({ hello: 'world' }))
