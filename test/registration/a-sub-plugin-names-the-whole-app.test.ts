import Fastify, { type FastifyInstance } from 'fastify'
import blocking from 'fastify-blocking'
import t, { type Test } from 'tap'
import { pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import wholeApp from './fixtures/whole-app.js'

const fixture = fixturesOf(import.meta.url)

async function open (t: Test, options: { named?: boolean } = {}): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(wholeApp, options)
  await app.ready()
  return app
}

t.test('with root: true workers build all of it, and serve the routes of the registration', async (t) => {
  const app = await open(t)
  for (const path of ['/under/first', '/under/second']) {
    t.same((await app.inject(path)).json(), { data: { isMainThread: false, path: path.replace('/under', ''), greeting: 'hello' } })
    const thrown = await app.inject(`${path}/throws`)
    t.equal(thrown.statusCode, 404)
    t.same(thrown.json(), { data: { problem: 'none' } })
  }
})

t.test('a name tells a registration where its place does not', async (t) => {
  const app = await open(t, { named: true })
  t.match((await app.inject('/first')).json(), { data: { isMainThread: false, path: '/first' } })
  t.match((await app.inject('/second')).json(), { data: { isMainThread: false, path: '/second' } })
})

t.test('two registrations of a server have no name in common', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  for (const prefix of ['/one', '/other']) {
    app.register(async (inner) => { await inner.register(blocking, { app: fixture('without-routes.js'), name: 'same', pool }) }, { prefix })
  }
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_INVALID_OPTION', message: 'option name' })
})

t.test('a name that no registration in the worker has fails the boot', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: fixture('without-routes.js'), name: 'here', pool })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_BOOT_FAILED', message: 'by the name "here"' })
})
