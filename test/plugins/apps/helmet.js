import helmet from '@fastify/helmet'

export const plugin = '@fastify/helmet'
export const uses = '`reply.helmet`, `reply.cspNonce`'

export default async function (app) {
  await app.register(helmet, { enableCSPNonces: true })
  app.get('/', () => 'text')
  app.get('/nonce', (_request, reply) => reply.type('text/html').send(`<script nonce="${reply.cspNonce.script}"></script><style nonce="${reply.cspNonce.style}"></style>`))
  app.get('/called', async (_request, reply) => {
    await reply.helmet({ frameguard: { action: 'deny' }, contentSecurityPolicy: false })
    return 'called'
  })
  app.get('/off', { helmet: false }, () => 'off')
}

export const requests = ['/', '/nonce', '/called', '/off'].map((path) => ({ path, status: 200 }))
export const random = { nonce: /(?<='nonce-|nonce=\\")[0-9a-f]{32}/g }
