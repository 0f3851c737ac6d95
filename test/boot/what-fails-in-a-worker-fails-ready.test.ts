import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stdSerializers } from 'pino'
import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import { build } from './fixtures/loads-an-addon.js'

const fixture = fixturesOf(import.meta.url)

const faults = {
  'the module throws': 'module-throws.js',
  'a plugin throws': 'plugin-throws.js',
  'an onReady hook rejects': 'on-ready-rejects.js',
  'a main function that is not awaited rejects': 'main-rejects.js'
}

for (const [name, file] of Object.entries(faults)) {
  t.test(`${name}: ready() fails with the cause, its class, its code and its stack`, async (t) => {
    const error = await bootError(await registerFixture(file))
    t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
    t.match(error.message, file)
    t.match(error.message, '`if (!isWorker)`')
    // As loggers print it, which add the messages of causes.
    t.equal(stdSerializers.err(error).message.split('no such region').length, 2, 'the cause is told once')
    t.ok(error.cause instanceof RangeError)
    t.equal(error.cause.code, 'NO_REGION')
    t.match(error.cause.stack, file)
  })
}

t.test('a factory rejects: ready() fails with the cause', async (t) => {
  const app = await registerFixture('factory-rejects.js', { app: { module: fixture('factory-rejects.js'), factory: 'build' } })
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.match(error.cause, { code: 'NO_REGION', message: 'no such region' })
})

t.test('the module ends its process: ready() fails with the exit code', async (t) => {
  const error = await bootError(await registerFixture('process-exits.js'))
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.match(error.cause.message, 'exited with code 7')
})

t.test('the module is of a kind that nobody has a hook for: ready() fails with what Node says of it', async (t) => {
  const error = await bootError(await registerFixture('of-another-language.lisp'))
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.equal(error.cause.code, 'ERR_UNKNOWN_FILE_EXTENSION')
})

/** Of Node's own headers nothing is needed, and of those on npm that have such addons each is built for one version of Node. */
function compile (source: string, addon: string): boolean {
  const symbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  return spawnSync('cc', ['-shared', '-fPIC', ...symbols, `-DMODULES=${process.versions.modules}`, source, '-o', addon]).status === 0 && existsSync(addon)
}

const addon = join(t.testdir(), 'once.node')
const skip = compile(fixture('once.c'), addon) ? false : 'there is no C compiler'

t.test('a native addon that the main thread has, and no other thread can have: ready() fails, and says which, why and what to do', { skip }, async (t) => {
  const error = await bootError(await build({ addon }))
  t.equal(error.code, 'FST_BLOCKING_ADDON_IN_WORKER')
  t.match(error.message, 'loads-an-addon.js')
  t.match(error.message, `${addon} cannot be loaded in worker threads`)
  t.match(error.message, 'isWorker')
  t.match(error.cause, { code: 'ERR_DLOPEN_FAILED', message: 'did not self-register' })
  t.match(error.cause.message, addon)
})

for (const file of ['exports-no-plugin.js', 'exports-no-plugin.cjs']) {
  t.test(`${file}: neither an app nor a plugin is an error that says so`, async (t) => {
    const error = await bootError(await registerFixture(file))
    t.equal(error.code, 'FST_BLOCKING_NOTHING_TO_BUILD')
    t.match(error.message, file)
  })
}

t.test('an export that is missing is named', async (t) => {
  const module = fixture('exports-no-plugin.js')
  for (const app of [{ module, factory: 'build' }, { module, plugin: 'build' }]) {
    const error = await bootError(await registerFixture('exports-no-plugin.js', { app }))
    t.equal(error.code, 'FST_BLOCKING_NO_SUCH_EXPORT')
    t.match(error.message, '"build"')
  }
})

t.test('an export that is no function is named', async (t) => {
  const app = { module: fixture('exports-no-plugin.js'), factory: 'port' }
  const error = await bootError(await registerFixture('exports-no-plugin.js', { app }))
  t.equal(error.code, 'FST_BLOCKING_NO_SUCH_EXPORT')
})

t.test('a plugin that does not register this one in the worker is an error that says so', async (t) => {
  const error = await bootError(await registerFixture('does-not-register.js'))
  t.equal(error.code, 'FST_BLOCKING_NOT_REGISTERED_IN_WORKER')
  t.match(error.message, 'does-not-register.js')
})

t.test('blocking routes that differ between the threads fail ready() with their names', async (t) => {
  const app = await registerFixture('other-routes.js')
  app.get('/both', { blocking: true }, () => 'both')
  app.get('/changed', { blocking: true }, () => 'changed')
  app.get('/loop', async () => 'only here, which is nobody\'s business')
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_DIFFERENT_APP')
  t.match(error.message, 'other-routes.js')
  t.match(error.message, 'GET /changed is missing in the worker')
  t.match(error.message, 'GET /worker host=example.com is only in the worker')
  t.notMatch(error.message, '/both')
  t.notMatch(error.message, '/loop')
})

t.test('a module that adds none of the blocking routes: ready() fails with that, and not with each route', async (t) => {
  const app = await registerFixture('registers-only.js')
  app.get('/one', { blocking: true, exposeHeadRoute: false }, () => 'one')
  app.get('/two', { blocking: true, exposeHeadRoute: false }, () => 'two')
  app.get('/loop', async () => 'loop')
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_ROUTES_ELSEWHERE')
  t.match(error.message, 'registers-only.js')
  t.match(error.message, 'lacks GET /one and 1 more')
  t.match(error.message, 'app: { module, factory }')
})

// Fastify serves on after a boot that has failed: `inject()` of a test that went on, or `ready()` of which nobody heard.
t.test('a request after a failed boot is told so, and why', async (t) => {
  const causes: unknown[] = []
  const app = await registerFixture('plugin-throws.js')
  t.teardown(() => app.close())
  app.setErrorHandler((error: Error, _request, reply) => {
    causes.push(error.cause)
    return reply.code(500).send(error)
  })
  app.get('/blocking', { blocking: true }, () => 'pong')
  app.get('/loop', () => 'pong')
  await t.rejects(async () => await app.inject('/blocking'), { code: 'FST_BLOCKING_BOOT_FAILED' })

  const response = await app.inject('/blocking')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'FST_BLOCKING_CALLED_TOO_EARLY', message: /^route GET \/blocking was called before the app was ready/ })
  t.match(causes, [{ code: 'FST_BLOCKING_BOOT_FAILED' }])
  t.equal((await app.inject('/loop')).body, 'pong', 'as without this plugin')
})
