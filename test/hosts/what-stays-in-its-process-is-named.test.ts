import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'

const module = new URL('fixtures/shares.js', import.meta.url).href
const { build } = await import(module) as { build: (options: object) => Promise<FastifyInstance> }
const refused = 'FST_BLOCKING_NOT_CLONEABLE'

t.test('what stays in its process', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)

  t.test('on a request, fails who reads it on a worker host, and nobody else', async (t) => {
    startHost(t, module, url)
    const app = await build({ servers: url })
    t.teardown(() => app.close())
    const ask = async (path: string) => (await app.inject({ url: path })).body
    t.equal(await ask('/name'), 'a name')
    t.same(JSON.parse(await ask('/shared')), { shared: refused, key: refused })
    t.same(JSON.parse(await ask('/changes')), ['another name', refused])
    t.equal(await ask('/gives'), refused)
  })

  t.test('as a value of the app that a host would need, fails the boot', async (t) => {
    const app = await build({ servers: url, where: 'any' })
    t.teardown(() => app.close())
    await t.rejects(async () => await app.ready(), {
      code: 'FST_BLOCKING_DEPENDENCY_CROSSING',
      message: /GET \/counter → counter is shared memory, which stays in its process/
    })
  })

  t.test('as a value of the app, is right for a route that stays on this machine', async (t) => {
    startHost(t, module, url)
    const app = await build({ servers: url, where: 'local' })
    t.teardown(() => app.close())
    t.equal((await app.inject({ url: '/counter' })).body, '0')
    t.equal((await app.inject({ url: '/counter' })).body, '1')
    await until('the host has built the app too', () => app.blocking.stats().hosts!.length === 1)
  })
})
