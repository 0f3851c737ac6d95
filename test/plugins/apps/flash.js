import flash from '@fastify/flash'
import secureSession from '@fastify/secure-session'

export const plugin = '@fastify/flash'
export const uses = '`request.flash`, `reply.flash`'

export default async function (app) {
  await app.register(secureSession, { key: Buffer.alloc(32, 'key'), cookie: { path: '/' } })
  await app.register(flash)
  app.get('/put', (request, reply) => {
    request.flash('warning', ['one', 'two'])
    request.flash('info', 'hello %s', 'ann')
    reply.redirect('/take')
  })
  app.get('/take', (_request, reply) => ({ warning: reply.flash('warning'), all: reply.flash() }))
}

export const cookies = true
export const requests = [
  { path: '/put', status: 302 },
  { path: '/take', status: 200 },
  { path: '/take', status: 200 }
]
export const random = { session: /(?<=session=)[^;"]{20,}/g }
