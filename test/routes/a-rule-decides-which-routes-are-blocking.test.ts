import Fastify, { type RouteOptions } from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'
import { app } from './fixtures/closure.js'
import { build } from './fixtures/dispatched.js'

t.test('a route marked blocking runs in a worker, with its closure', async (t) => {
  t.teardown(() => app.close())
  const blocking = await app.inject('/blocking')
  t.same(blocking.json(), { greeting: 'hello', isMainThread: false })
  const loop = await app.inject('/loop')
  t.same(loop.json(), { greeting: 'hello', isMainThread: true })
})

const marked = { '/function-true': 'worker', '/function-false': 'loop', '/async-true': 'worker', '/async-limits': 'worker', '/async-false': 'loop' }

const rules = {
  explicit: { '/function': 'loop', '/arrow': 'loop', '/promise': 'loop', '/callback': 'loop', '/async': 'loop', '/async-function': 'loop', '/route': 'loop', ...marked },
  signature: { '/function': 'worker', '/arrow': 'worker', '/promise': 'worker', '/callback': 'worker', '/async': 'loop', '/async-function': 'loop', '/route': 'worker', ...marked },
  all: { '/function': 'worker', '/arrow': 'worker', '/promise': 'worker', '/callback': 'worker', '/async': 'worker', '/async-function': 'worker', '/route': 'worker', ...marked }
}

for (const dispatch of [undefined, 'explicit', 'signature', 'all'] as const) {
  t.test(`dispatch ${dispatch ?? 'left out'}: a route's own blocking wins`, async (t) => {
    const app = build({ dispatch })
    t.teardown(() => app.close())
    const answers: Record<string, string> = {}
    const expected = rules[dispatch ?? 'explicit']
    for (const url of Object.keys(expected)) {
      answers[url] = (await app.inject({ method: url === '/route' ? 'PUT' : 'GET', url })).body
    }
    t.same(answers, expected)
  })
}

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
  const markedHandler = (): string => 'loop'
  app.get('/marked', { ...options, blocking: false }, markedHandler)
  app.get('/blocking', { ...options, blocking: true }, handler)
  const [unmarked, marked, visited] = routes
  t.equal(unmarked?.handler, handler)
  t.equal(marked?.handler, markedHandler)
  t.equal(unmarked?.onSend, onSend)
  t.equal(marked?.onSend, onSend)
  t.not(visited?.handler, handler, 'while that of a blocking route is replaced')
  for (const route of [unmarked, marked]) {
    for (const name of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onError', 'onResponse', 'onTimeout', 'onRequestAbort'] as const) {
      t.equal(route?.[name], undefined)
    }
  }
})
