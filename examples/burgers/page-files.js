import { basename } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import files from '@fastify/static'

const headers = {
  'content-security-policy': [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

/** The page: files as they are, nothing is built. @param {import('fastify').FastifyInstance} app */
export function addPage (app) {
  app.register(files, {
    root: fileURLToPath(new URL('page/', import.meta.url)),
    decorateReply: false,
    setHeaders: (reply) => reply.headers(headers)
  })
  // All addresses on the page are relative to the slash.
  if (app.prefix !== '') app.get('', (_request, reply) => reply.redirect(`./${basename(app.prefix)}/`))
}
