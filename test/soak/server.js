// A process of its own that serves what is soaked, and tells over IPC what it holds.
import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'

export async function build () {
  const app = Fastify({ pluginTimeout: 100_000, forceCloseConnections: true })
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build' },
    pool: { minThreads: 2, maxThreads: 2, execArgv: [] },
    queue: { max: 10_000 },
    timeout: 20_000
  })
  app.decorateRequest('user', null)
  app.addHook('preHandler', async (request) => { request.user = { name: request.headers['x-mark'] } })
  const session = dependency({ blocking: true }, function * (request) { yield { user: request.user } })
  const length = app.blocking.offload('length', (text) => text.length)
  app.get('/value', { blocking: true }, (request) => ({ user: request.user }))
  app.post('/echo', { blocking: true }, (request) => request.body)
  app.post('/parsed', { blocking: { parse: true } }, (request) => ({ length: request.body.text.length }))
  app.get('/session', { blocking: true, dependencies: { session } }, (request) => request.dependencies.session)
  app.get('/stream', { blocking: true }, function * () { for (let index = 0; index < 20; index++) yield 'x'.repeat(5_000) })
  app.get('/error', { blocking: true }, () => { throw new Error('as expected') })
  app.get('/signal', { blocking: true }, async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 2))
    return { aborted: request.signal.aborted }
  })
  app.get('/offloaded', async (request) => ({ length: await length(request.headers['x-mark']) }))
  app.get('/memory', { blocking: true }, async () => {
    const { heapUsed, external } = memory()
    return { heapUsed, external }
  })
  return app
}

function memory () {
  for (let time = 0; time < 2; time++) globalThis.gc?.()
  return process.memoryUsage()
}

if (process.send !== undefined) {
  const app = await build()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  process.on('message', () => {
    const { heapUsed, external, arrayBuffers, rss } = memory()
    const { threads: { live } } = app.blocking.stats()
    const resources = process.getActiveResourcesInfo()
    process.send({ heapUsed, external, arrayBuffers, rss, handles: resources.length, threads: live })
  })
  process.once('SIGTERM', async () => {
    await app.close()
    process.disconnect()
  })
  process.send(url)
}
