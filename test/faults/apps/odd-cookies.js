import cookie from '@fastify/cookie'
import { create } from '../../lifecycle/apps/create.js'

/** A cookie is encoded in an onSend hook of its plugin, in the worker: what cannot be encoded fails there again for each answer that is tried. */
export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { minThreads: 1, maxThreads: 1, execArgv: [] } })
  await app.register(cookie)
  app.post('/', { blocking }, (request, reply) => reply.header('x-set', 'before').setCookie('name', request.body.name).send('sent'))
  app.post('/handled', {
    blocking,
    errorHandler: (error, _request, reply) => { reply.code(418).send({ handled: error.message }) }
  }, (request, reply) => reply.setCookie('name', request.body.name).send('sent'))
  app.post('/header', { blocking }, (request, reply) => reply.header('x-odd', 'a\r\nb').setCookie('name', request.body.name).send('sent'))
  app.post('/odder', { blocking }, (request, reply) => reply.header('x-odd', Object.create(null)).setCookie('name', request.body.name).send('sent'))
  return app
}
