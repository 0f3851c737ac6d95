import { createRequire } from 'node:module'
import Fastify from 'fastify'
import blocking, { isWorker } from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import { app as nestedSerializers } from './fixtures/nested-serializers.js'
import reports from './fixtures/one-sub-plugin.js'
import { app as rootAndSubPlugin } from './fixtures/root-and-sub-plugin.js'
import { build as buildSubPluginBeforeRoot } from './fixtures/sub-plugin-before-root.js'
import { app as siblings } from './fixtures/two-siblings.js'

const fixture = fixturesOf(import.meta.url)

t.test('a plugin that registers this one', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  // What a context beside has is nobody's business.
  app.register(async (beside) => { beside.decorate('parent', true) })
  app.register(reports, { prefix: '/one' })
  app.register(reports, { prefix: '/two' })
  const one = (await app.inject('/one/blocking')).json<Record<string, unknown>>()

  t.test('is built in its workers alone, under its prefix', async (t) => {
    t.same(one, { isMainThread: false, isWorker: true, decorated: true, hasParent: false, prefix: '/one' })
    t.notOk(app.hasDecorator('blocking'), 'nothing is added outside of it')
  })

  t.test('has workers for each of two prefixes', async (t) => {
    t.match(one, { isMainThread: false, prefix: '/one' })
    t.match((await app.inject('/two/blocking')).json(), { isMainThread: false, prefix: '/two' })
  })

  t.test('is told by isWorker that it is in a worker, however that is come by', async (t) => {
    t.match(one, { isWorker: true, decorated: true })
  })
})

t.test('isWorker is false on the main thread, however it is come by', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: { module: new URL('fixtures/one-sub-plugin.js', import.meta.url), plugin: 'default' }, pool })
  t.equal(isWorker, false)
  t.equal(app.blocking.isWorker, false)
  const required = createRequire(import.meta.url)('fastify-blocking') as { isWorker: boolean }
  t.equal(required.isWorker, false)
})

t.test('two plugins of one module and prefix have workers of their own', async (t) => {
  t.teardown(() => siblings.close())
  const first = (await siblings.inject('/first')).json<{ name: string, threadId: number }>()
  const second = (await siblings.inject('/second')).json<{ name: string, threadId: number }>()
  t.equal(first.name, 'first')
  t.equal(second.name, 'second')
  t.not(first.threadId, 0)
  t.not(second.threadId, 0)
  t.not(first.threadId, second.threadId)
})

t.test('a sub-plugin may be registered before the context around it', async (t) => {
  const app = await buildSubPluginBeforeRoot()
  t.teardown(() => app.close())
  const [root, inner] = await Promise.all(['/root', '/inner/route'].map(async (url) => (await app.inject(url)).json<{ threadId: number }>()))
  t.not(root!.threadId, 0)
  t.not(inner!.threadId, root!.threadId)
})

t.test('the registration nearest to a route takes it, with its own threads', async (t) => {
  const app = rootAndSubPlugin
  t.teardown(() => app.close())
  const threadOf = async (url: string): Promise<number> => {
    const response = await app.inject(url)
    t.equal(response.statusCode, 200, url)
    return response.json<{ threadId: number }>().threadId
  }
  const root = await threadOf('/root')
  const inner = await threadOf('/inner/route')
  t.not(root, 0)
  t.not(inner, 0)
  t.not(inner, root)
  t.equal(await threadOf('/root/again'), root)
  t.equal(await threadOf('/plain/route'), root)
  t.same(Object.keys(app.blocking.stats().routes), ['GET /root', 'GET /root/again', 'GET /plain/route'])
})

t.test('within two registrations a serializer that a hook has set on the loop serializes what the worker gives back', async (t) => {
  const app = nestedSerializers
  t.teardown(() => app.close())
  for (const url of ['/outer', '/inner', '/innermost']) {
    const { statusCode, body } = await app.inject(url)
    t.same([statusCode, body], [200, '1 {"isWorker":true}'], url)
  }
})

t.test('minThreads workers have booted when ready() resolves', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: fixture('without-routes.js'), pool: { ...pool, minThreads: 2, maxThreads: 3 } })
  t.match(app.blocking.stats().threads, { starting: 2, live: 0 }, 'they boot beside the main thread')
  await app.ready()
  t.same(app.blocking.stats().threads, { starting: 0, live: 2, busy: 0, retired: 0, exiting: 0 })
})

t.test('to register the plugin twice in a context fails the boot with its prefix', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(async (inner) => {
    await inner.register(blocking, { app: fixture('without-routes.js'), pool })
    await inner.register(blocking, { app: fixture('without-routes.js'), pool })
  }, { prefix: '/inner' })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_REGISTERED_TWICE', message: '"/inner"' })
})
