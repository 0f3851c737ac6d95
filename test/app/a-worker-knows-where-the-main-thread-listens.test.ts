import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build, buildFromFactory } from './fixtures/listens.js'

interface Told {
  addresses: unknown[]
  address: unknown
  listening: boolean
  origin?: string
}

async function ask (app: FastifyInstance): Promise<[loop: Told, worker: Told]> {
  const [loop, worker] = await Promise.all([app.inject('/child/loop'), app.inject('/child/worker')])
  return [loop.json(), worker.json()]
}

t.test('before it listens, and then', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  t.test('what would need its sockets is an error', async (t) => {
    for (const refused of (await app.inject('/refused')).json<string[]>()) t.match(refused, /^FST_BLOCKING_LOOP_ONLY server\.\w+\(\) needs the main thread/)
  })

  t.test('the worker is told the same as the loop', async (t) => {
    const [loop, worker] = await ask(app)
    t.strictSame([loop, worker], [{ addresses: [], address: null, listening: false }, loop])
    await app.listen({ port: 0, host: 'localhost' })
    const [here, there] = await ask(app)
    t.match(here, { listening: true, origin: /^http:/ })
    t.strictSame(there, here, 'with all that was bound')
  })
})

t.test('a thread that comes later', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.equal((await app.inject('/exit')).statusCode, 500)
  const [here, there] = await ask(app)
  t.match(here, { listening: true, addresses: [{ address: '127.0.0.1' }] })
  t.strictSame(there, here)
  t.strictSame((await app.inject('/at-build')).json(), { atBuild: false }, 'not while it builds the app, as on the loop')
})

t.test('a socket of the file system', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  // Not in a test's own folder: the path of a socket may not be long.
  const folder = mkdtempSync(join(tmpdir(), 'listens-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = process.platform === 'win32' ? String.raw`\\.\pipe\fastify-blocking-listens` : join(folder, 'socket')
  await app.listen({ path })
  const [here, there] = await ask(app)
  t.match(here, { address: path, origin: path })
  t.strictSame(there, here)
})

t.test('with https, where the worker builds a plugin alone', async (t) => {
  const app = await build({ https: {} })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [here, there] = await ask(app)
  t.match(here.origin, /^https:/)
  t.strictSame(there, here)
})

t.test('whatever hooks do before', async (t) => {
  const app = await buildFromFactory()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [here, there] = await ask(app)
  t.equal(here.listening, true)
  t.strictSame(there, here)
})
