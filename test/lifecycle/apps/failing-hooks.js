import { create } from './create.js'

/** An onSend hook that fails on what an error handler has answered: once, or whenever it is asked. */
export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { maxThreads: 1, execArgv: [] } })
  const counts = {}
  const count = (name) => { counts[name] = (counts[name] ?? 0) + 1 }
  app.decorate('counts', counts)
  app.get('/counts', { blocking }, () => counts)
  app.register(async (context) => {
    context.decorateRequest('failures', 0)
    context.addHook('onError', async () => { count('onError') })
    context.addHook('onSend', async (request, reply) => {
      count('onSend')
      if (reply.statusCode < 400 || request.failures++ > Number(request.query.after ?? 0)) return
      throw new Error('the hook')
    })
    context.setErrorHandler((error, request, reply) => {
      count('errorHandler')
      reply.code(418).send({ handled: error.message })
    })
    context.get('/handler', { blocking }, () => { throw new Error('the handler') })
  })
  return app
}
