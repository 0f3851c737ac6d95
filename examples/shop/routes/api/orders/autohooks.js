import { customer } from '../../../guards.js'

/** Whoever orders is known. @type {import('fastify').FastifyPluginAsync} */
export default async function ofCustomers (app) {
  app.addDependencies({ customer })
}
