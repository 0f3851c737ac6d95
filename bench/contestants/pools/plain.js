import Fastify from 'fastify'
import { spin } from '../../work.js'

// The same handlers, on the loop.
export const app = Fastify()

app.get('/noop', () => ({ hello: 'world' }))
app.get('/work/:ms', (request) => spin(Number(request.params.ms)))
app.get('/ping', async () => 'pong')
