import websocket from '@fastify/websocket'
import { type Dependency, dependency, fresh } from 'fastify-blocking'
import { requiredScopes, withScopes } from 'fastify-blocking/security'
import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { until } from '../support/until.js'

t.test('fresh() and withScopes() of one dependency combine, in either order', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  let calls = 0
  const guard = dependency({ dependencies: { scopes: requiredScopes } }, (_request, { scopes }) => ({ scopes, call: ++calls }))
  const read = withScopes(guard, ['read'])
  t.equal(fresh(read), withScopes(fresh(guard), ['read']))
  t.equal(withScopes(read, ['read']), read)
  app.get('/', { dependencies: { read, same: withScopes(guard, ['read']), own: fresh(read), write: withScopes(read, ['write']) } },
    async ({ dependencies }) => dependencies)
  t.same((await app.inject('/')).json(), {
    read: { scopes: ['read'], call: 1 }, same: { scopes: ['read'], call: 1 }, own: { scopes: ['read'], call: 2 }, write: { scopes: ['read', 'write'], call: 3 }
  })
})

t.test('a generator in a hook before validation ends when the response is over, or before an error is answered', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const events: string[] = []
  const schema = { querystring: { type: 'object', properties: { number: { type: 'integer' } } } }
  const opened = dependency({ hook: 'onRequest', endsAt: 'onResponse' }, function * () {
    events.push('opened')
    try {
      yield 'opened'
      events.push('ended')
    } catch (error) {
      events.push('failed')
      throw error
    }
  })
  app.get('/', { schema, dependencies: { opened } }, async ({ dependencies }) => dependencies)
  app.addHook('onResponse', async () => { events.push('answered') })
  app.get('/late', { dependencies: { opened } }, async ({ dependencies }) => dependencies)

  t.same((await app.inject('/late')).json(), { opened: 'opened' })
  await until('the generator has ended', () => events.includes('ended'))
  t.same(events, ['opened', 'answered', 'ended'])
  events.length = 0
  t.equal((await app.inject('/?number=one')).statusCode, 400)
  t.same(events, ['opened', 'failed', 'answered'])
})

t.test('a websocket route refuses what would run, or be validated, at another time than its dependencies', async (t) => {
  const early = dependency({ hook: 'onRequest' }, () => 1)
  const cookies = dependency({ schema: { cookies: { type: 'object', properties: {} } } }, () => 1)
  for (const [what, one] of [['hook "onRequest"', early], ['schema.cookies', cookies]] as Array<[string, Dependency]>) {
    for (const handlers of [{ websocket: true as const, handler: () => {} }, { handler: async () => 'x', wsHandler: () => {} }]) {
      const app = await registerFixture('registers-only.js')
      await app.register(websocket)
      app.decorateRequest('cookies', null as never)
      app.route({ method: 'GET', url: '/', dependencies: { one }, ...handlers })
      t.match(await bootError(app), { code: 'FST_BLOCKING_SOCKET_DEPENDENCY', message: `route GET / is a websocket, whose dependencies run right before the upgrade; ${what} of one` })
    }
  }
})

t.test('plans show a guard of a context whose name the route has given to another one', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const guard = dependency({ dependencies: { scopes: requiredScopes } }, (_request, { scopes }) => scopes)
  app.addDependencies({ user: withScopes(guard, ['a']) })
  app.get('/', { dependencies: { user: withScopes(guard, ['b']) } }, async ({ dependencies }) => dependencies)
  await app.ready()
  t.equal(app.blocking.printPlan('GET', '/'), [
    'GET /                           loop',
    '├── user (of an outer context)  loop, scopes a',
    '│   └── scopes                  loop, scopes a',
    '└── user                        loop, scopes b',
    '    └── scopes                  loop, scopes b',
    ''
  ].join('\n'))
  t.same(app.blocking.plan('GET', '/').dependencies.map(({ name, scopes }) => [name, scopes]), [['user (of an outer context)', ['a']], ['user', ['b']]])
})
