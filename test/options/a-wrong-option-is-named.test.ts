import Fastify from 'fastify'
import blocking, { type BlockingOptions } from 'fastify-blocking'
import t from 'tap'

const app = import.meta.filename

const wrong: Array<[option: string, options: Record<string, unknown>, hint: string | RegExp]> = [
  ['app', {}, 'import.meta.url'],
  ['app', { app: '' }, 'import.meta.url'],
  ['app', { app: 5 }, 'Got 5'],
  ['app', { app: { module: app } }, 'factory'],
  ['app', { app: { module: app, factory: 'build', plugin: 'default' } }, 'factory'],
  ['app', { app: { module: app, factory: '' } }, 'factory'],
  ['app', { app: { module: app, factory: 'build', option: {} } }, 'factory'],
  ['app', { app: { module: app, factory: 'build', options: 5 } }, 'factory'],
  ['tiemout', { app, tiemout: 5 }, 'there is no such option'],
  ['dispatch', { app, dispatch: 'auto' }, 'Got \'auto\''],
  ['timeout', { app, timeout: '5s' }, 'Got \'5s\''],
  ['timeout', { app, timeout: -1 }, 'Got -1'],
  ['timeout', { app, timeout: Number.NaN }, 'Got NaN'],
  ['timeout', { app, timeout: null }, 'Got null'],
  ['grace', { app, grace: -1 }, 'Got -1'],
  ['bootTimeout', { app, bootTimeout: 0 }, 'Got 0'],
  ['bootTimeout', { app, bootTimeout: -5 }, 'Got -5'],
  ['bootTimeout', { app, bootTimeout: 10_001 }, 'pluginTimeout, 10000'],
  ['workerHooks', { app, workerHooks: '@fastify/cookie' }, 'Got \'@fastify/cookie\''],
  ['workerHooks.0', { app, workerHooks: [5] }, 'Got 5'],
  ['context', { app, context: [] }, 'AsyncLocalStorage'],
  ['context.tenant', { app, context: { tenant: {} } }, 'Two functions'],
  ['context.tenant', { app, context: { tenant: { capture () {} } } }, 'Two functions'],
  ['pool', { app, pool: 4 }, 'Got 4'],
  ['pool.threads', { app, pool: { threads: 4 } }, 'there is no such option'],
  ['pool.minThreads', { app, pool: { minThreads: 0 } }, 'Got 0'],
  ['pool.minThreads', { app, pool: { minThreads: 1.5 } }, 'Got 1.5'],
  ['pool.minThreads', { app, pool: { minThreads: 3, maxThreads: 2 } }, '3 is more than pool.maxThreads, 2'],
  ['pool.maxThreads', { app, pool: { maxThreads: -1 } }, 'Got -1'],
  ['pool.maxThreads', { app, pool: { maxThreads: '2' } }, 'Got \'2\''],
  ['pool.idleTimeout', { app, pool: { idleTimeout: -1 } }, 'Got -1'],
  ['pool.concurrentTasksPerWorker', { app, pool: { concurrentTasksPerWorker: 0 } }, 'Got 0'],
  ['pool.resourceLimits', { app, pool: { resourceLimits: 64 } }, 'Got 64'],
  ['pool.resourceLimits.maxOldGenerationSizeMb', { app, pool: { resourceLimits: { maxOldGenerationSizeMb: 0 } } }, 'Got 0'],
  ['pool.resourceLimits.heap', { app, pool: { resourceLimits: { heap: 64 } } }, 'there is no such option'],
  ['pool.niceIncrement', { app, pool: { niceIncrement: -1 } }, 'Got -1'],
  ['pool.env', { app, pool: { env: { PORT: 3000 } } }, 'an object of strings'],
  ['pool.env', { app, pool: { env: null } }, 'an object of strings'],
  ['pool.argv', { app, pool: { argv: '--fast' } }, 'Got \'--fast\''],
  ['pool.execArgv', { app, pool: { execArgv: '--fast' } }, 'Got \'--fast\''],
  ['pool.trackUnmanagedFds', { app, pool: { trackUnmanagedFds: 1 } }, 'Got 1'],
  ['queue', { app, queue: 100 }, 'Got 100'],
  ['queue.max', { app, queue: { max: -1 } }, 'Got -1'],
  ['queue.max', { app, queue: { max: 0.5 } }, 'Got 0.5'],
  ['queue.timeout', { app, queue: { timeout: -1 } }, 'Got -1'],
  ['queue.size', { app, queue: { size: 1 } }, 'there is no such option']
]

for (const [name, options, hint] of wrong) {
  t.test(`option ${name} is named where it is wrong, with what it should be: ${JSON.stringify(options)}`, async (t) => {
    const server = Fastify()
    t.teardown(() => server.close())
    const registered = t.rejects(async () => { await server.register(blocking, options as BlockingOptions) }, {
      code: 'FST_BLOCKING_INVALID_OPTION',
      message: `option ${name}: `
    })
    const error = await registered as Error
    t.match(error.message, hint)
  })
}
