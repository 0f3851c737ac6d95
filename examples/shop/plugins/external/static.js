import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import files from '@fastify/static'

/** For `reply.sendFile()` alone: pictures have an address below their product's. @param {import('fastify').FastifyInstance} app */
export const autoConfig = (app) => {
  const root = join(app.config.SHOP_DATA, 'pictures')
  mkdirSync(root, { recursive: true })
  return { root, serve: false }
}

export default files
