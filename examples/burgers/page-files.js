import { fileURLToPath } from 'node:url'
import files from '@fastify/static'

const headers = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

/** The page: files as they are, nothing is built. @param {import('fastify').FastifyInstance} app */
export function addPage (app) {
  app.register(files, {
    root: fileURLToPath(new URL('page/', import.meta.url)),
    decorateReply: false,
    wildcard: false,
    redirect: true,
    setHeaders: (reply) => {
      for (const [name, value] of Object.entries(headers)) reply.setHeader(name, value)
    }
  })
}
