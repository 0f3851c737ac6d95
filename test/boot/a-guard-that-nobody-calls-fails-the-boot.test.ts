import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance } from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import t, { type Test } from 'tap'
import { runToEnd } from '../support/app-process.js'
import { pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)
const options = { app: fixture('registers-only.js'), pool }
const key = dependency(async () => { throw Object.assign(new Error('no'), { statusCode: 403 }) })
const gold = async () => 'gold'

async function told (t: Test, script: string, ...parameters: string[]): Promise<string> {
  const { stdout, stderr } = await runToEnd(t, [fixture(`guards/${script}`), ...parameters])
  return stdout + stderr
}

function open (t: Test): FastifyInstance {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  return app
}

t.test('of a package that is loaded and never registered', async (t) => {
  t.match(await told(t, 'never-registered.js'), /^refused FST_BLOCKING_NOT_REGISTERED .*GET \/vault/)
})

t.test('on a server that was made before the package was loaded', async (t) => {
  t.match(await told(t, 'server-first-beside.cjs'), /^refused FST_BLOCKING_REGISTERED_ELSEWHERE .*GET \/vault/)
  t.match(await told(t, 'server-first-early-route.cjs'), /^refused FST_BLOCKING_LOADED_TOO_LATE .*GET(,HEAD)? \/vault/)
  t.match(await told(t, 'server-first-signature.cjs'), /^refused FST_BLOCKING_LOADED_TOO_LATE .*signature/)
})

t.test('of plugins that are loaded one by one', async (t) => {
  t.match(await told(t, 'autoload.cjs', 'early'), /^refused FST_BLOCKING_LOADED_TOO_LATE .*GET(,HEAD)? \/vault/)
  t.match(await told(t, 'autoload.cjs', 'late'), /^refused FST_BLOCKING_REGISTERED_ELSEWHERE .*GET \/vault/)
})

t.test('but a guard of another copy of the package is called', async (t) => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const copy = await mkdtemp(join(root, 'node_modules', '.copy-'))
  t.teardown(() => rm(copy, { recursive: true }))
  await cp(join(root, 'dist'), copy, { recursive: true })
  await writeFile(join(copy, 'package.json'), '{ "type": "module" }')
  t.match(await told(t, 'two-copies.js', join(copy, 'index.js'), fixture('registers-only.js')), /^403 /)
})

t.test('of a context that was made before the registration in the one around it', async (t) => {
  const app = open(t)
  let earlier: FastifyInstance | undefined
  await app.register(async (inner) => { earlier = inner })
  await app.register(blocking, options)
  earlier!.get('/vault', { dependencies: { key } }, gold)
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_REGISTERED_TOO_LATE', message: 'GET /vault' })
})

t.test('of a context whose routes were added before the registration', async (t) => {
  const app = open(t)
  app.get('/vault', gold)
  await app.register(blocking, options)
  app.addDependencies({ key })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_REGISTERED_TOO_LATE', message: 'GET /vault' })
})

t.test('of every route that is made of it', async (t) => {
  const app = open(t)
  await app.register(blocking, options)
  app.register(async (inner) => {
    inner.get('/', { dependencies: { key } }, gold)
    inner.route({ method: ['PUT', 'POST'], url: '/vault', dependencies: { key }, handler: gold })
    inner.all('/all', { dependencies: { key } }, gold)
  }, { prefix: '/inner' })
  for (const [method, url] of [['GET', '/inner'], ['GET', '/inner/'], ['HEAD', '/inner'], ['HEAD', '/inner/'], ['PUT', '/inner/vault'], ['POST', '/inner/vault'], ['DELETE', '/inner/all'], ['HEAD', '/inner/all']] as const) {
    t.equal((await app.inject({ method, url })).statusCode, 403, `${method} ${url}`)
  }
})

t.test('a server that has refused to boot and is asked all the same lets nobody in', async (t) => {
  const app = open(t)
  app.get('/vault', { dependencies: { key } }, gold)
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_NOT_REGISTERED' })
  app.server.listen(0)
  t.teardown(() => app.server.close())
  const { port } = app.server.address() as { port: number }
  const response = await fetch(`http://localhost:${port}/vault`)
  t.equal(response.status, 500)
  t.match(await response.json(), { code: 'FST_BLOCKING_NOT_REGISTERED' })
})
