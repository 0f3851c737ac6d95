import { Type } from '@fastify/type-provider-typebox'

const schema = { response: { 200: Type.Object({ message: Type.String(), pages: Type.String() }) } }

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function home (app) {
  app.get('/', { schema }, async () => ({ message: 'Tea, and what one needs for it', pages: '/docs' }))

  // Of this process, so it stays on the loop whatever the others do.
  app.get('/stats', { blocking: false }, async () => app.blocking.stats())
}
