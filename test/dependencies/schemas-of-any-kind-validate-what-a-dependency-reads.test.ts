import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import { validatorCompiler } from 'fastify-type-provider-zod'
import t from 'tap'
import { Type } from 'typebox'
import * as v from 'valibot'
import { z } from 'zod'
import { pool } from '../support/boot.js'
import { build, kinds } from './fixtures/typed-schemas.js'

t.jobs = 1

for (const kind of kinds) {
  t.test(`schemas of ${kind} validate and transform what a dependency reads, for handlers on both sides`, async (t) => {
    const app = await build({ kind })
    t.teardown(() => app.close())
    for (const path of ['/loop/loop', '/loop/worker', '/worker/loop', '/worker/worker']) {
      const post = async (url: string, tenant = 'acme', name: unknown = 'ann') => {
        const { statusCode, body } = await app.inject({ method: 'POST', url: path + url, headers: { 'x-tenant': tenant }, payload: { name } })
        return [statusCode, JSON.parse(body) as unknown]
      }
      const day = kind === 'zod' ? '2026-01-31T00:00:00.000Z' : '2026-01-31'
      t.match(await post('/2026-01-31?page=2'), [200, {
        read: { page: 2, tenant: 'acme', day, name: 'ann' }, query: { page: 2 }, body: { name: 'ann' }
      }], `${path}: valid`)
      // The compiler of TypeBox fills in no defaults.
      if (kind !== 'typebox, compiled by TypeBox') t.match(await post('/2026-01-31'), [200, { read: { page: 1 }, query: { page: 1 } }], `${path}: a default`)
      if (!kind.startsWith('typebox') && kind !== 'valibot, asynchronous') {
        t.match(await post('/2026-01-31', 'acme', ' ann '), [200, { read: { name: 'ann' }, body: { name: 'ann' } }], `${path}: transformed`)
      }
      const invalid = { querystring: ['/2026-01-31?page=x'], headers: ['/2026-01-31', 'a'], params: ['/x'], body: ['/2026-01-31', 'acme', 'a'] }
      for (const [part, request] of Object.entries(invalid)) {
        t.match(await post(...request as [string]), [400, { code: 'FST_ERR_VALIDATION' }], `${path}: invalid ${part}`)
      }
    }
  })
}

/** Adds a route with a schema of its own, and with dependencies that have schemas. */
async function add (own: unknown, ...schemas: unknown[]) {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.setValidatorCompiler(validatorCompiler)
  await app.register(blocking, { app: new URL('../boot/fixtures/registers-only.js', import.meta.url), pool: { ...pool, minThreads: 0 } })
  const dependencies = Object.fromEntries(schemas.map((querystring, index) => [`d${index}`, dependency({ schema: { querystring } }, () => 0)]))
  app.get('/', { dependencies, ...own === undefined ? {} : { schema: { querystring: own } } }, async () => 'x')
  await app.ready()
}

t.test('two schemas that are not data cannot be merged, even where they look the same', async (t) => {
  const short = z.object({ name: z.string().max(3) })
  const conflict = { code: 'FST_BLOCKING_SCHEMA_CONFLICT', message: 'give both the same schema object, or leave one out' }
  const refined = (test: (name: string) => boolean) => Type.Object({ name: Type.Refine(Type.String(), test) })
  for (const [name, own, ...schemas] of [
    ['two of zod', undefined, short, z.object({ name: z.string().max(30) })],
    ['two of zod that say the same', undefined, short, z.object({ name: z.string().max(3) })],
    ['that of the route, and one of zod', z.object({}), short],
    ['two of valibot', undefined, v.object({ name: v.string() }), v.object({ name: v.number() })],
    ['JSON schema and zod', undefined, { type: 'object', properties: {} }, short],
    ['a check of a whole object', undefined, Type.Refine(Type.Object({ a: Type.String() }), () => false), Type.Object({ b: Type.String() })]
  ] as const) await t.rejects(add(own, ...schemas), conflict, name)
  await t.rejects(add(undefined, refined((name) => name === 'a'), refined((name) => name === 'b')), {
    code: 'FST_BLOCKING_SCHEMA_CONFLICT', message: 'querystring.name'
  }, 'checks of a property')
  await t.resolves(add(short, short, short), 'the same object, of the route and of two dependencies')
  await t.resolves(add(undefined, Type.Object({ a: Type.String() }), Type.Object({ a: Type.String(), b: Type.String() })).catch((error: Error) => {
    // The compiler of zod takes none of them: what counts is that they were merged.
    if (!error.message.includes('SCHEMA_CONFLICT')) return
    throw error
  }), 'data')
})

t.test('schemas of zod without a validator compiler for them fail the boot', async (t) => {
  for (const querystring of [z.object({ name: z.string() }), v.object({ name: v.string() })]) {
    const app = Fastify({ pluginTimeout: 100_000 })
    t.teardown(() => app.close())
    await app.register(blocking, { app: new URL('../boot/fixtures/registers-only.js', import.meta.url), pool: { ...pool, minThreads: 0 } })
    app.get('/', { dependencies: { name: dependency({ schema: { querystring } }, ({ query }) => query.name) } }, async () => 'x')
    await t.rejects(async () => { await app.ready() }, { code: 'FST_ERR_SCH_VALIDATION_BUILD' })
  }
})

t.test('what is no schema is refused', async (t) => {
  for (const querystring of [5, 'text', null, () => {}]) {
    t.throws(() => dependency({ schema: { querystring } }, () => 0), { code: 'FST_BLOCKING_INVALID_OPTION', message: 'option schema.querystring: ' })
  }
})
