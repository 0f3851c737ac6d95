import { fileURLToPath } from 'node:url'
import { Type } from '@fastify/type-provider-typebox'
import env from '@fastify/env'

export const environment = Type.Object({
  SHOP_DATA: Type.String({ default: fileURLToPath(new URL('../../../data/shop/', import.meta.url)), description: 'The folder of database and pictures.' }),
  COOKIE_SECRET: Type.String({ minLength: 32, default: 'not a secret, but long enough for one' }),
  LIMIT_REQUESTS: Type.Integer({ default: 10_000, description: 'How many a client may make in a minute.' }),
  LIMIT_LOGINS: Type.Integer({ default: 100 }),
  LIMIT_NOT_FOUND: Type.Integer({ default: 100 }),
  PICTURE_BYTES: Type.Integer({ default: 1_000_000, description: 'The largest picture.' })
})

export const autoConfig = { schema: environment, data: process.env }

export default env
