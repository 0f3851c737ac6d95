import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { bootError, pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import { build } from './fixtures/opens-a-port.js'

const fixture = fixturesOf(import.meta.url)

/** A server as the main thread's app has one, which is there before the worker's. */
const taken = createServer().listen(0, '127.0.0.1')
await once(taken, 'listening')
t.teardown(() => { taken.close() })
const { port } = taken.address() as AddressInfo

for (const how of ['awaited', 'unheard']) {
  t.test(`a port that a plugin opens in both threads, its error ${how}: the error says so, and names isWorker`, async (t) => {
    const app = Fastify({ pluginTimeout: 100_000 })
    await app.register(blocking, { app: { module: fixture('opens-a-port.js'), factory: 'build', options: { port, how } }, pool })
    const error = await bootError(app)
    t.equal(error.code, 'FST_BLOCKING_PORT_IN_USE')
    t.match(error.message, 'opens-a-port.js')
    t.match(error.message, `port ${port}`)
    t.match(error.message, 'fastify.blocking.isWorker')
    t.match(error.cause, { code: 'EADDRINUSE', port, syscall: 'listen' })
  })
}

t.test('a socket in the file system is named by its path', { skip: process.platform === 'win32' && 'sockets there are no files' }, async (t) => {
  // A path may have about 100 characters.
  const folder = mkdtempSync(join(tmpdir(), 'fastify-blocking-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const path = join(folder, 'metrics')
  const server = createServer().listen(path)
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: { module: fixture('opens-a-port.js'), factory: 'build', options: { path, how: 'awaited' } }, pool })
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_PORT_IN_USE')
  t.match(error.message, path)
})

t.test('what the error says helps', async (t) => {
  const app = await build({ port: 0, how: 'on the main thread alone' })
  t.teardown(() => app.close())
  t.equal((await app.inject('/')).body, 'served')
})
