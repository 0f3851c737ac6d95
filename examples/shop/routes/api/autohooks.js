/** @type {import('fastify').FastifyPluginAsync} */
export default async function api (app) {
  app.addHook('onRequest', async function keepOutOfCaches (request, reply) {
    reply.header('cache-control', 'private, no-store')
  })
}
