import { fileURLToPath } from 'node:url'
import view from '@fastify/view'
import ejs from 'ejs'

export const plugin = '@fastify/view'
export const uses = '`reply.view`, `reply.viewAsync`, `fastify.view`, `reply.locals`'

const root = fileURLToPath(new URL('files/', import.meta.url))

export default async function (app) {
  await app.register(view, { engine: { ejs }, root, includeViewExtension: true, defaultContext: { title: 'by default' } })
  app.addHook('preHandler', async (request, reply) => { if (request.query.local) reply.locals = { items: ['local'] } })
  const items = ['one', '<two>']
  app.get('/view', (_request, reply) => reply.view('list', { items }))
  app.get('/local', (_request, reply) => reply.view('list', {}))
  app.get('/async', async (_request, reply) => reply.viewAsync('list', { title: 'async', items }))
  app.get('/layout', (_request, reply) => reply.view('list', { items }, { layout: 'layout' }))
  app.get('/text', async (_request, reply) => ({ text: await app.view('list', { title: 'text', items }) }))
  app.get('/missing', (_request, reply) => reply.view('none', {}))
  app.get('/wrong', async (_request, reply) => reply.viewAsync('list', {}))
}

export const requests = [
  { path: '/view', status: 200 },
  { path: '/local?local=1', status: 200 },
  { path: '/async', status: 200 },
  { path: '/layout', status: 200 },
  { path: '/text', status: 200 },
  { path: '/missing', status: 500 },
  { path: '/wrong', status: 500 }
]
