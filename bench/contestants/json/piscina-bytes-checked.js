import Fastify from 'fastify'
import { Piscina } from 'piscina'
import { bodyLimit, maxThreads } from '../../limits.js'

// As piscina-bytes.js, for bodies alone, with the parser that Fastify has: it looks for names of prototypes.
const pool = new Piscina({ filename: new URL('./tasks-checked.js', import.meta.url).href, minThreads: maxThreads, maxThreads })

export const app = Fastify({ bodyLimit })

app.addHook('onClose', () => pool.destroy())
app.removeContentTypeParser('application/json')
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

app.post('/json', (request) => {
  const { body } = request
  const transferList = body.byteLength === body.buffer.byteLength ? [body.buffer] : []
  return pool.run(body, { transferList })
})
