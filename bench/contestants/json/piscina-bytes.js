import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { bodyLimit, maxThreads } from '../../limits.js'

// As piscina.js, with more written by hand: tasks parse and serialize, and bytes are transferred. No schema, hook or
// error handler sees what crosses.
const pool = new Piscina({ filename: new URL('./tasks.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify({ bodyLimit })

app.addHook('onClose', () => pool.destroy())
app.removeContentTypeParser('application/json')
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

app.get('/json/:count', async (request, reply) => {
  const bytes = await pool.run(Number(request.params.count), { name: 'answerBytes' })
  return reply.type('application/json; charset=utf-8').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
})

app.post('/json', (request) => {
  const { body } = request
  // A small one is a part of Node's pool of buffers, which is not to be given away.
  const transferList = body.byteLength === body.buffer.byteLength ? [body.buffer] : []
  return pool.run(body, { name: 'readBytes', transferList })
})
