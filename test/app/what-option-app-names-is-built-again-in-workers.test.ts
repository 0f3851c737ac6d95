import { tmpdir } from 'node:os'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyServerOptions } from 'fastify'
import t from 'tap'
import { build as buildNamed } from './fixtures/any-module-name.js'
import commonjsPlugin from './fixtures/cli-plugin.cjs'
import plugin, { options } from './fixtures/cli-plugin.js'
import commonjsInstance from './fixtures/exported-instance.cjs'
import { app as instance } from './fixtures/exported-instance.js'
import { buildLater, buildNow } from './fixtures/factories.js'
import commonjsFactory from './fixtures/factory.cjs'
import { passesOptionsOn, reports } from './fixtures/named-plugin.js'
import wrapped from './fixtures/wrapped-plugin.js'

async function ask (app: FastifyInstance, url: string): Promise<unknown> {
  return (await app.inject(url)).json()
}

const modules: Record<string, { plugin: FastifyPluginAsync<{ greeting: string }>, options: FastifyServerOptions }> = {
  'a plugin module': { plugin, options },
  'a CommonJS plugin module': { plugin: commonjsPlugin, options }
}

for (const [name, module] of Object.entries(modules)) {
  t.test(`${name} is registered in workers under its prefix, on a server with its options`, async (t) => {
    const app = Fastify({ pluginTimeout: 100_000, ...module.options })
    t.teardown(() => app.close())
    app.register(module.plugin, { prefix: '/api', greeting: 'main thread only' })
    t.same(await ask(app, '/api/blocking'), { isMainThread: false, url: '/api/blocking' })
    t.same(await ask(app, '/api/loop'), { isMainThread: true, url: '/api/loop', greeting: 'main thread only' })
    t.equal(await ask(app, '/api/rounded'), 2)
  })
}

t.test('a plugin wrapped with fastify-plugin is registered without a context of its own, and without a prefix', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(wrapped)
  t.same(await ask(app, '/blocking'), { isMainThread: false, url: '/blocking' })
  t.same(await ask(app, '/loop'), { isMainThread: true, url: '/loop' })
})

t.test('a plugin wrapped with fastify-plugin is registered under the prefix of the context around it', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(async (context) => { context.register(wrapped) }, { prefix: '/outer' })
  t.same(await ask(app, '/outer/blocking'), { isMainThread: false, url: '/outer/blocking' })
})

t.test('a plugin named in option app is registered in workers under its prefix with app.options', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(reports, { prefix: '/reports', greeting: 'hello' })
  t.same((await app.inject('/reports/blocking')).json(), { isMainThread: false, url: '/reports/blocking', greeting: 'hello' })
  t.same((await app.inject('/reports/loop')).json(), { isMainThread: true, url: '/reports/loop', greeting: 'hello' })
})

t.test('a plugin that passes on all options that it was given is registered in workers under its prefix, once', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  const options = { prefix: '/reports', greeting: 'hello' }
  app.register(async (app) => { app.register(passesOptionsOn, options) }, { prefix: '/api' })
  t.same((await app.inject('/api/reports/blocking')).json(), { isMainThread: false, url: '/api/reports/blocking', options })
  t.same((await app.inject('/api/reports/loop')).json(), { isMainThread: true, url: '/api/reports/loop', options })
})

const factories = { 'an async factory': buildLater, 'a factory': buildNow, 'a factory of a CommonJS module': commonjsFactory.build }

for (const [name, build] of Object.entries(factories)) {
  t.test(`${name} is called in workers with app.options`, async (t) => {
    const app = await build({ greeting: 'hello' })
    t.teardown(() => app.close())
    t.same((await app.inject('/blocking')).json(), { isMainThread: false, greeting: 'hello' })
    t.same((await app.inject('/loop')).json(), { isMainThread: true, greeting: 'hello' })
  })
}

t.test('a factory may be called without app.options', async (t) => {
  const app = buildNow()
  t.teardown(() => app.close())
  t.same((await app.inject('/blocking')).json(), { isMainThread: false })
})

for (const [name, app] of Object.entries({ 'a module': instance, 'a CommonJS module': commonjsInstance })) {
  t.test(`${name} that only exports its instance is built again in workers`, async (t) => {
    t.teardown(() => app.close())
    t.same((await app.inject('/blocking')).json(), { isMainThread: false })
    t.same((await app.inject('/loop')).json(), { isMainThread: true })
  })
}

for (const name of ['a URL object', 'a file: URL', 'an absolute path', 'a path relative to the working directory']) {
  t.test(`a module may be named by ${name}`, async (t) => {
    const app = buildNamed({ name })
    t.teardown(() => app.close())
    t.same((await app.inject('/blocking')).json(), { isMainThread: false })
  })
}

t.test('a relative path goes by the working directory of the registration, whatever that is later', async (t) => {
  const app = buildNamed({ name: 'a path relative to the working directory' })
  t.teardown(() => app.close())
  await app.ready()
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(tmpdir())
  t.equal((await app.inject('/exit')).statusCode, 500)
  t.same((await app.inject('/blocking')).json(), { isMainThread: false }, 'a thread that was started after that')
})
