import Fastify from 'fastify'

export const app = Fastify()

app.get('/loop', async () => ({ hello: 'world' }))
