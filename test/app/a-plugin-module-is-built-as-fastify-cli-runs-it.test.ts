import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyServerOptions } from 'fastify'
import t from 'tap'
import commonjs from './fixtures/cli-plugin.cjs'
import plugin, { options } from './fixtures/cli-plugin.js'
import wrapped from './fixtures/wrapped-plugin.js'

async function ask (app: FastifyInstance, url: string): Promise<unknown> {
  return (await app.inject(url)).json()
}

const modules: Record<string, { plugin: FastifyPluginAsync<{ greeting: string }>, options: FastifyServerOptions }> = {
  'a plugin module': { plugin, options },
  'a CommonJS plugin module': { plugin: commonjs, options }
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
