import t from 'tap'
import { build, seen } from './fixtures/tenants.js'
import { until } from '../support/until.js'

t.test('what an AsyncLocalStorage holds is there in the worker, and on the loop after the visit', async (t) => {
  const app = await build()
  t.teardown(() => app.close())

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
