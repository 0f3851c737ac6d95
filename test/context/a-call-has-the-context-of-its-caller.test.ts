import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { build as buildApp, tenants } from './fixtures/calls.js'

type App = FastifyInstance & { functions: Record<'tell' | 'ask', () => Promise<unknown>> }

async function build (t: Test, options: object = {}): Promise<App> {
  const app = await buildApp(options) as App
  t.teardown(() => app.close())
  await app.ready()
  return app
}

/** What a function finds: in a worker what is named; on the loop all that its request had. */
const inWorker = (tenant: string | null, user: string | null) => ({ isMainThread: false, tenant: [tenant, tenant], user: [user, user] })
const onLoop = (tenant: string, user: string, unnamed = user.replace('user', 'unnamed')) => ({ isMainThread: true, tenant: [tenant, tenant], user: [user, user], unnamed })
const atOnce = (tenant: string, user: string, unnamed = user.replace('user', 'unnamed')) => ({ isMainThread: true, tenant, user, unnamed })

t.test('an offloaded function has what the storages of its caller hold, and one of the loop runs in the context of who asks', async (t) => {
  const app = await build(t)
  const ask = async (path: string): Promise<unknown> => {
    const { statusCode, body } = await app.inject(`${path}?tenant=ada`)
    return [statusCode, JSON.parse(body)]
  }

  t.strictSame(await ask('/calls'), [200, inWorker('ada', 'user of ada')])
  t.strictSame(await ask('/asks'), [200, [onLoop('ada', 'user of ada'), atOnce('ada', 'user of ada')]], 'asked by a call')
  t.strictSame(await ask('/asks-elsewhere'), [200, onLoop('ada', 'user of ada')], 'what the worker enters stays there')
  t.strictSame(await ask('/blocking'), [200, [inWorker('ada', 'user of ada'), onLoop('ada', 'user of ada'), atOnce('ada', 'user of ada')]], 'asked by a request')
  t.strictSame(await ask('/held'), [200, [inWorker('ada', 'user of ada'), onLoop('ada', 'user of ada'), atOnce('ada', 'user of ada')]], 'in a visit')
  t.strictSame(await ask('/held-inner'), [200, [inWorker('inner', 'user of ada'), onLoop('inner', 'user of ada'), atOnce('inner', 'user of ada')]],
    'in a visit, the context is that of the call')
})

t.test('without a request too', async (t) => {
  const { functions: { tell, ask } } = await build(t)
  t.strictSame(await tenants.run({ tenant: 'job' }, tell), { isMainThread: false, tenant: ['job', 'job'], user: [undefined, undefined], unnamed: undefined })
  t.match(await tenants.run({ tenant: 'job' }, ask), [{ tenant: ['job', 'job'] }, { tenant: 'job' }])
  t.match(await tell(), { tenant: [undefined, undefined] }, 'and none where there is none')
})

t.test('calls that run in one thread at the same time keep their contexts apart', async (t) => {
  const app = await build(t, { pool: { concurrentTasksPerWorker: 8 } })
  const names = Array.from({ length: 40 }, (_, index) => `tenant-${index}`)
  const found = await Promise.all(names.map(async (name) => (await app.inject(`/asks?tenant=${name}`)).json<unknown>()))
  t.strictSame(found, names.map((name) => [onLoop(name, `user of ${name}`), atOnce(name, `user of ${name}`)]))
})

t.test('what a storage holds and cannot cross rejects the call, with its name', async (t) => {
  const { functions: { tell }, blocking } = await build(t)
  const code = 'FST_BLOCKING_NOT_CLONEABLE'
  await t.rejects(tenants.run({ call () {} }, tell), { code, message: /^context\.tenant\.call is a function/ })
  await t.rejects(tenants.run(() => {}, tell), { code, message: /^context\.tenant is a function/ })
  t.match(await tell(), { isMainThread: false }, 'others go on')
  t.match(blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0 })
})
