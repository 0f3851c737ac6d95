import Fastify from 'fastify'
import blocking, { type BlockingOptions } from 'fastify-blocking'
import t from 'tap'
import { bootError, pool } from '../support/boot.js'
import { build, Conflict, errors, OutOfRange, Secret } from './fixtures/classes.js'

/** By path: whether the error arrives in the main thread. */
const ways = {
  'rejection-of-offload': true,
  'result-of-offload': true,
  'rejection-of-onLoop': false,
  'result-of-sync': false,
  request: false,
  teardown: true,
  'caught-on-loop': true,
  'caught-in-worker': false
}

const app = await build()
t.teardown(() => app.close())
await app.ready()

t.test('an error is an instance of its class, if that is named or one of those that both sides know', async (t) => {
  for (const name of Object.keys(errors)) {
    for (const [path, isMainThread] of Object.entries(ways)) {
      const response = await app.inject({ url: `/${path}`, headers: { 'x-asks': encodeURIComponent(name) } })
      t.strictSame(response.json(), { isMainThread, holds: true }, `${name}, ${path}`)
    }
  }
})

t.test('an error that comes back to the side that threw it is the very same object', async (t) => {
  const ask = async (how: string) => (await app.inject({ url: '/comes-back', headers: { 'x-asks': encodeURIComponent(how) } })).json<unknown>()
  const kept = { message: 'first', call: 'function', left: 1 }
  t.strictSame(await ask('as it is'), { isSame: true, isCause: false, ...kept })
  t.strictSame(await ask('as a cause'), { isSame: false, isCause: true, ...kept })
  t.strictSame(await ask('changed'), { isSame: true, isCause: false, message: 'changed', statusCode: 418, cause: 'Deeper', call: 'function' }, 'with what was set there')
  t.strictSame((await app.inject('/comes-back-to-the-worker')).json(), { isSame: true })
})

t.test('two apps in one process may have different classes of one name', async (t) => {
  class Other extends RangeError {}
  Object.defineProperty(Other, 'name', { value: 'Conflict' })
  const other = await build({ errorClasses: [Other as never] })
  t.teardown(() => other.close())
  t.match(await bootErrorOf(other), { code: 'FST_BLOCKING_DIFFERENT_APP' })
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  const response = await app.inject({ url: '/rejection-of-offload', headers: { 'x-asks': encodeURIComponent('a named class') } })
  t.strictSame(response.json(), { isMainThread: true, holds: true })
})

async function bootErrorOf (app: Awaited<ReturnType<typeof build>>): Promise<unknown> {
  return await app.ready().then(() => undefined, (error: unknown) => error)
}

t.test('both sides must name the same classes', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: { module: new URL('fixtures/classes.js', import.meta.url), factory: 'build' }, pool, errorClasses: [Conflict, OutOfRange] })
  t.match(await bootError(app), { code: 'FST_BLOCKING_DIFFERENT_APP', message: /error class Deeper is only in the worker/ })
})

const wrong: Array<[where: string, errorClasses: unknown, hint: string]> = [
  ['errorClasses', Conflict, 'Got [class Conflict'],
  ['errorClasses.0', [class {}], 'extends Error'],
  ['errorClasses.0', [class extends Error {}], 'a name'],
  ['errorClasses.0', [() => new Error('no class')], 'extends Error'],
  ['errorClasses.1', [Conflict, { class: Secret }], 'deserialize'],
  ['errorClasses.0', [{ class: Secret, serialize: () => 1 }], 'deserialize'],
  ['errorClasses', [Conflict, Conflict], 'two classes of the name Conflict']
]

for (const [where, errorClasses, hint] of wrong) {
  t.test(`option ${where} is named where it is wrong: ${hint}`, async (t) => {
    const server = Fastify()
    t.teardown(() => server.close())
    const error = await t.rejects(async () => { await server.register(blocking, { app: import.meta.filename, errorClasses } as BlockingOptions) }, {
      code: 'FST_BLOCKING_INVALID_OPTION', message: `option ${where}: `
    }) as Error
    t.match(error.message, hint)
  })
}
