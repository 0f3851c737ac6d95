import Fastify, { type RouteOptions } from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'

t.test('a route that stays on the loop keeps its handler and has no hook more', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: new URL('../boot/fixtures/does-not-register.js', import.meta.url), pool, dispatch: 'signature' })
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => { routes.push(route) })
  const onSend = (_request: unknown, _reply: unknown, _payload: unknown, done: () => void): void => done()
  const handler = async (): Promise<string> => 'loop'
  const options = { exposeHeadRoute: false, onSend }

  app.get('/unmarked', options, handler)
  app.get('/marked', { ...options, blocking: false }, () => 'loop')
  app.get('/blocking', { ...options, blocking: true }, handler)
  const [unmarked, marked, visited] = routes
  t.equal(unmarked?.handler, handler)
  t.equal(unmarked?.onSend, onSend)
  t.equal(marked?.onSend, onSend)
  t.not(visited?.handler, handler, 'while that of a blocking route is replaced')
  for (const route of [unmarked, marked]) {
    for (const name of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onError', 'onResponse', 'onTimeout', 'onRequestAbort'] as const) {
      t.equal(route?.[name], undefined)
    }
  }
  t.same(Object.keys(app.blocking.stats().routes), ['GET /blocking'])
})
