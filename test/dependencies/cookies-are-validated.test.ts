import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import { apiKey } from 'fastify-blocking/security'
import t from 'tap'
import { bootError, pool } from '../support/boot.js'
import { build } from './fixtures/cookies.js'

const app = await build()
t.teardown(() => app.close())
await app.ready()

const sides = ['worker', 'loop']

async function ask (url: string, cookie = '', more: object = {}) {
  const { statusCode, body } = await app.inject({ url, headers: { cookie }, ...more })
  return { statusCode, ...JSON.parse(body) as Record<string, unknown> }
}

const invalid = { statusCode: 400, code: 'FST_ERR_VALIDATION' }

t.test('cookies that dependencies read are validated, coerced and defaulted', async (t) => {
  for (const side of sides) {
    t.match(await ask(`/${side}/session`, 'session=abc; visits=4'), { statusCode: 200, session: { id: 'abc', visits: 5 }, cookies: { visits: 4 } }, side)
    t.match(await ask(`/${side}/session`, 'session=abc'), { session: { id: 'abc', visits: 1 } }, side)
    t.match(await ask(`/${side}/session`, 'session=a; visits=x'), {
      ...invalid, message: 'cookies/session must NOT have fewer than 3 characters, cookies/visits must be integer'
    }, side)
    t.match(await ask(`/${side}/session`), { ...invalid, message: 'cookies must have required property \'session\'' }, side)
    t.match(await ask(`/${side}/own`, 'session=abc; theme=brightest'), { ...invalid, message: 'cookies/theme must NOT have more than 5 characters' }, 'of the route itself, with those of its dependencies')
    t.match(await ask(`/${side}/posted`, 'session=abc', { method: 'POST', payload: { n: 1 } }), { statusCode: 200 })
    t.match(await ask(`/${side}/posted`, 'session=a', { method: 'POST', payload: { n: 1 } }), invalid)
    t.match(await ask(`/${side}/posted`, 'session=abc', { method: 'POST', payload: { n: 'x' } }), { ...invalid, message: /body/ })
    t.match(await ask(`/${side}/lonely`, 'n=1'), { lonely: 1 })
    t.match(await ask(`/${side}/lonely`, 'n=x'), invalid)
    t.match(await ask(`/${side}/named`, 'name=1'), { named: 1 })
    t.match(await ask(`/${side}/named`, 'name=x'), invalid)
  }
})

t.test('an error of another part is answered first', async (t) => {
  for (const side of sides) t.match(await ask(`/${side}/both?n=x`), { ...invalid, message: 'querystring/n must be integer' })
})

t.test('errors are formatted, attached and found as those of other parts', async (t) => {
  for (const side of sides) {
    t.match(await ask(`/${side}/formatted`, 'session=a; visits=x'), { ...invalid, message: 'cookies: 2 of the route' })
    t.match(await ask(`/${side}/in-context`, 'session=a; visits=x'), { ...invalid, message: 'cookies: 2 of the context' })
    t.match(await ask(`/${side}/attached`), { statusCode: 200, invalid: /required property 'session'/, context: 'cookies' })
    t.match(await ask(`/${side}/compiled`), { ...invalid, message: 'cookies of the app' })
    t.match(await ask(`/${side}/compiled`, 'session=a; visits=1'), { cookies: { compiled: true }, session: { id: 'a' } })
    for (const more of [{}, { method: 'POST', payload: { n: 1 } }]) {
      t.match(await ask(`/${side}/awaited`, '', more), { ...invalid, message: 'awaited' })
      t.match(await ask(`/${side}/awaited`, 'session=a; visits=1', more), { statusCode: 200, session: { id: 'a' } })
    }
  }
})

t.test('guards before validation come before it, and their generators end with its error', async (t) => {
  for (const side of sides) {
    const { statusCode, headers } = await app.inject(`/${side}/guarded`)
    t.same([statusCode, headers['x-ended']], [400, 'FST_ERR_VALIDATION'])
    t.equal((await app.inject({ url: `/${side}/guarded`, headers: { 'x-refuse': '1' } })).statusCode, 401)
  }
})

t.test('the OpenAPI page has them', async (t) => {
  const { paths } = JSON.parse(JSON.stringify(app.swagger())) as { paths: Record<string, { get: { parameters: object[] } }> }
  for (const side of sides) {
    t.match(paths[`/${side}/session`]!.get.parameters, [
      { in: 'cookie', name: 'session', required: true, schema: { type: 'string', minLength: 3 } },
      { in: 'cookie', name: 'visits', schema: { type: 'integer', default: 0 } }
    ])
  }
})

t.test('an app without @fastify/cookie, or with a schema that is none, does not boot', async (t) => {
  const without = async (add: (app: FastifyInstance) => void, options = {}): Promise<FastifyInstance> => {
    const app = Fastify({ pluginTimeout: 100_000, ...options })
    await app.register(blocking, { app: new URL('../boot/fixtures/registers-only.js', import.meta.url), pool })
    add(app)
    return app
  }
  const session = dependency({ schema: { cookies: { type: 'object', properties: {} } } }, () => 'x')
  const outer = dependency({ dependencies: { session } }, () => 'x')
  const key = apiKey({ in: 'cookie', name: 'key' })
  for (const [name, one] of Object.entries({ session, outer, key })) {
    const app = await without((app) => app.get('/', { dependencies: { [name]: one } }, async () => ''))
    t.match(await bootError(app), { code: 'FST_BLOCKING_NO_COOKIES', message: `GET / → ${name === 'outer' ? 'outer → session' : name} reads cookies` })
  }
  const invalid = dependency({ schema: { cookies: { type: 'nothing' } } }, () => 'x')
  const app = await without((app) => {
    app.register(cookie)
    app.get('/', { dependencies: { invalid }, schema: { querystring: { type: 'object' } } }, async () => '')
  })
  t.match(await bootError(app), { code: 'FST_ERR_SCH_VALIDATION_BUILD', message: /type/ })
})
