import { create } from './create.js'

/** Bodies with names of prototypes, for a server that lets them pass or removes them: `action`. */
export async function build ({ blocking, action }) {
  const server = { onProtoPoisoning: action, onConstructorPoisoning: action }
  const app = await create(import.meta.url, { blocking, action }, server)
  app.post('/any', { blocking }, ({ body }) => ({ own: Object.getOwnPropertyNames(body), text: JSON.stringify(body) }))
  app.post('/seen', { blocking, onSend: async (request, reply) => { reply.header('x-own', Object.getOwnPropertyNames(request.body)) } }, ({ body }) => ({ text: JSON.stringify(body) }))
  return app
}
