import Fastify, { type FastifyInstance } from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { bootError } from '../support/boot.js'
import { until } from '../support/until.js'
import { build as buildCalls, tenants as tenantsOfCalls } from './fixtures/calls.js'
import { build as buildWithRequestContext } from './fixtures/request-context.js'
import { build, seen } from './fixtures/tenants.js'

/** Several requests run in a thread at the same time. */
const pool = { concurrentTasksPerWorker: 8 }

t.test('an AsyncLocalStorage that is named', async (t) => {
  const app = await build({ pool })
  t.teardown(() => app.close())

  await t.test('what it holds is there in the worker, and on the loop after the visit', async (t) => {
    async function ask (path: string): Promise<unknown> {
      seen.length = 0
      const response = await app.inject(`${path}?tenant=ada`)
      await until('onResponse has run', () => seen.some((line) => line.startsWith('onResponse')))
      return response.json()
    }

    t.strictSame(await ask('/handler'), { isMainThread: false, tenants: ['ada', 'ada'], preSerialization: 'ada' })
    t.strictSame(seen, ['onSend: ada', 'onResponse: ada'])

    t.match(await ask('/fails'), { message: 'no', tenant: 'ada' })
    t.strictSame(seen, ['onSend: ada', 'onResponse: ada'])

    t.strictSame(await ask('/dependencies'), { isMainThread: false, tenants: ['ada', 'ada', 'ada'], preSerialization: 'ada' })
    t.strictSame(seen, ['dependency: ada', 'onSend: ada', 'onResponse: ada'])

    t.strictSame(await ask('/loop-handler'), { isMainThread: true, tenants: ['ada', 'ada', 'ada'], preSerialization: 'ada' })
    t.strictSame(seen, ['dependency: ada', 'handler: ada', 'onSend: ada', 'onResponse: ada'])

    const { tenants } = (await app.inject('/handler')).json<{ tenants: unknown }>()
    t.strictSame(tenants, [null, null], 'a request without one has none')
  })

  await t.test('what it holds and cannot cross is an error that names it', async (t) => {
    const response = await app.inject('/handler?tenant=ada&odd=1')
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /context\.tenant\.call is a function/ })
    t.equal((await app.inject('/handler?tenant=ada')).statusCode, 200, 'others go on')
  })

  await t.test('requests that run in one thread at the same time keep their contexts apart', async (t) => {
    const names = Array.from({ length: 40 }, (_, index) => `tenant-${index}`)
    const found = await Promise.all(names.map(async (name) => {
      const response = await app.inject(`/handler?tenant=${name}`)
      return response.json<{ tenants: string[] }>().tenants
    }))
    t.strictSame(found, names.map((name) => [name, name]))
  })
})

/** What a function finds: in a worker what is named; on the loop all that its request had. */
const inWorker = (tenant: string | null, user: string | null) => ({ isMainThread: false, tenant: [tenant, tenant], user: [user, user] })
const onLoop = (tenant: string, user: string, unnamed = user.replace('user', 'unnamed')) => ({ isMainThread: true, tenant: [tenant, tenant], user: [user, user], unnamed })
const atOnce = (tenant: string, user: string, unnamed = user.replace('user', 'unnamed')) => ({ isMainThread: true, tenant, user, unnamed })

type Functions = Record<'tell' | 'ask', () => Promise<unknown>>

t.test('a call has the context of its caller', async (t) => {
  const app = await buildCalls({ pool }) as FastifyInstance & { functions: Functions }
  t.teardown(() => app.close())
  await app.ready()
  const { functions: { tell, ask }, blocking } = app

  await t.test('an offloaded function has what the storages of its caller hold, and one of the loop runs in the context of who asks', async (t) => {
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

  await t.test('without a request too', async (t) => {
    t.strictSame(await tenantsOfCalls.run({ tenant: 'job' }, tell), { isMainThread: false, tenant: ['job', 'job'], user: [undefined, undefined], unnamed: undefined })
    t.match(await tenantsOfCalls.run({ tenant: 'job' }, ask), [{ tenant: ['job', 'job'] }, { tenant: 'job' }])
    t.match(await tell(), { tenant: [undefined, undefined] }, 'and none where there is none')
  })

  await t.test('calls that run in one thread at the same time keep their contexts apart', async (t) => {
    const names = Array.from({ length: 40 }, (_, index) => `tenant-${index}`)
    const found = await Promise.all(names.map(async (name) => (await app.inject(`/asks?tenant=${name}`)).json<unknown>()))
    t.strictSame(found, names.map((name) => [onLoop(name, `user of ${name}`), atOnce(name, `user of ${name}`)]))
  })

  await t.test('what a storage holds and cannot cross rejects the call, with its name', async (t) => {
    const code = 'FST_BLOCKING_NOT_CLONEABLE'
    await t.rejects(tenantsOfCalls.run({ call () {} }, tell), { code, message: /^context\.tenant\.call is a function/ })
    await t.rejects(tenantsOfCalls.run(() => {}, tell), { code, message: /^context\.tenant is a function/ })
    t.match(await tell(), { isMainThread: false }, 'others go on')
    t.match(blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0 })
  })
})

for (const hook of ['onRequest', 'preValidation', 'preHandler']) {
  t.test(`@fastify/request-context, begun in ${hook}, has its values in a blocking handler, without being asked`, async (t) => {
    const app = await buildWithRequestContext({ hook })
    t.teardown(() => app.close())
    for (const user of ['ada', 'grace']) {
      const response = await app.inject(`/user?user=${user}`)
      t.strictSame(response.json(), { isMainThread: false, user, side: 'loop', kept: 'default', mine: true })
    }
  })
}

t.test('both sides must name the same storages', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, {
    app: { module: new URL('fixtures/tenants.js', import.meta.url), factory: 'build' },
    pool: { maxThreads: 1, execArgv: [] },
    context: { user: { capture: () => 'ada', run: (_user, callback) => callback() } }
  })
  t.match(await bootError(app), {
    code: 'FST_BLOCKING_DIFFERENT_APP',
    message: /context user is missing in the worker.*context tenant is only in the worker/
  })
})
