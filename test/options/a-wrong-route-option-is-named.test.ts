import Fastify, { type FastifyInstance } from 'fastify'
import blocking, { type BlockingRouteOption } from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'

const wrong: Array<[value: unknown, name: string, hint: string]> = [
  [{ timeuot: 1 }, 'blocking timeuot', 'there is no such option'],
  [{ timeout: -1 }, 'blocking timeout', 'Got -1'],
  [{ priority: 0.5 }, 'blocking priority', 'Got 0.5'],
  [{ concurrency: 0 }, 'blocking concurrency', 'Got 0'],
  [{ parse: 1 }, 'blocking parse', 'Got 1'],
  ['yes', 'blocking', 'Got \'yes\''],
  [1, 'blocking', 'Got 1'],
  [null, 'blocking', 'Got null']
]

async function register (): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: new URL('../boot/fixtures/does-not-register.js', import.meta.url), pool })
  return app
}

t.test('what is wrong in a route\'s option is named with the route', async (t) => {
  const app = await register()
  t.teardown(() => app.close())
  for (const [value, name, hint] of wrong) {
    const error = t.throws(() => {
      app.get('/report', { blocking: value as BlockingRouteOption }, () => 'report')
    }, { code: 'FST_BLOCKING_INVALID_OPTION', message: `route GET /report: ${name}: ` }) as Error
    t.match(error.message, hint)
  }
})

t.test('undefined is as good as no option', async (t) => {
  const app = await register()
  t.teardown(() => app.close())
  const options = { blocking: undefined } as unknown as { blocking: false }
  t.doesNotThrow(() => app.get('/report', options, () => 'report'))
  t.same(app.blocking.stats().routes, {})
})
