import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

interface Way { url: string, isInjected?: boolean }

const settings: { on: string, server?: object, routes: Record<string, object>, ways: Record<string, Way> }[] = [
  {
    on: 'routes',
    routes: {
      '/slow': { does: 'loop', handlerTimeout: held },
      '/limited': { does: 'loop', handlerTimeout: held, blocking: { timeout: 100_000 } }
    },
    ways: {
      'of the route': { url: '/slow' },
      'before the route\'s own limit': { url: '/limited' },
      'to an injected request': { url: '/slow', isInjected: true }
    }
  },
  {
    on: 'the server',
    server: { handlerTimeout: held },
    routes: { '/slow': { does: 'loop' } },
    ways: { 'of the server': { url: '/slow' } }
  }
]

for (const { on, routes, ways, ...options } of settings) {
  t.test(`Fastify's handlerTimeout that is set on ${on}`, async (t) => {
    const threads = new ThreadCount()
    const directory = t.testdir()
    const app = await build({
      ...options,
      plugin: { grace: 50, pool: { minThreads: 1, maxThreads: 1 } },
      // Its own limit is longer than any boot.
      routes: { ...routes, '/tell': { does: 'tell', handlerTimeout: 100_000 } }
    })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })

    for (const [index, [way, { url, isInjected = false }]] of Object.entries(ways).entries()) {
      await t.test(`${way} gives its own 503, and frees the thread`, async (t) => {
        const limit = new HeldTimers(t)
        const get = async (url: string): Promise<{ status: number, json: () => unknown }> => {
          if (!isInjected) return await fetch(origin + url)
          const { statusCode, json } = await app.inject(url)
          return { status: statusCode, json }
        }

        const gate = join(directory, String(index))
        const answer = get(`${url}?gate=${gate}`)
        await untilExists(`${gate}.started`)
        await limit.runOut()
        const slow = await answer
        t.equal(slow.status, 503)
        t.match(await slow.json(), { code: 'FST_ERR_HANDLER_TIMEOUT' })
        t.equal((await get('/tell')).status, 200)
        await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
        const count = index + 1
        t.equal(threads.started, 1 + count)
        t.equal(threads.most, 1)
        t.match(app.blocking.stats(), { killed: count, failed: 0, clientGone: 0, timedOut: count, completed: count, queue: 0 })
      })
    }
  })
}

t.test('Fastify\'s handlerTimeout takes a request out of the queue', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({
    plugin: { grace: 50, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/loop': { does: 'readSignal', blocking: { timeout: 0 } }, '/tell': { does: 'tell', handlerTimeout: held } }
  })
  t.teardown(() => app.close())
  const abort = new AbortController()
  await app.ready()
  const loop = app.inject({ url: '/loop', signal: abort.signal }).catch(() => {})
  await until('it runs', () => app.blocking.stats().threads.busy === 1)
  const answer = app.inject('/tell').then()
  await until('one waits', () => app.blocking.stats().queue === 1)
  await limit.runOut()
  const waited = await answer
  t.equal(waited.statusCode, 503)
  t.match(waited.json(), { code: 'FST_ERR_HANDLER_TIMEOUT' })
  t.match(app.blocking.stats(), { queue: 0, failed: 0, clientGone: 0, timedOut: 1, killed: 0 })
  abort.abort()
  await loop
})
