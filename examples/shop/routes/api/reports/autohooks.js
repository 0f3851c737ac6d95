import { staff } from '../../../guards.js'

/** @type {import('fastify').FastifyPluginAsync} */
export default async function ofStaff (app) {
  app.addDependencies({ staff })
}
