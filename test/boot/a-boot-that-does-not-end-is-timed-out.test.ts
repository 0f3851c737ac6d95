import { BroadcastChannel } from 'node:worker_threads'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t, { type Test } from 'tap'
import { bootError, type BootError, pool, registerFixture } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import { held, HeldTimers } from '../support/held-timers.js'

const fixture = fixturesOf(import.meta.url)

for (const file of ['module-never-ends.js', 'module-loops.js', 'on-ready-never-resolves.js', 'script-that-waits.js']) {
  t.test(`${file}: ready() fails after bootTimeout`, async (t) => {
    const error = await bootError(await registerFixture(file, { bootTimeout: 500 }))
    t.equal(error.code, 'FST_BLOCKING_BOOT_TIMEOUT')
    t.match(error.message, 'within 500 ms')
  })
}

/** The error of a script that posts a message before the time is over. */
async function errorAfterMessage (t: Test, file: string): Promise<BootError> {
  const timers = new HeldTimers(t)
  const channel = new BroadcastChannel(file)
  t.teardown(() => channel.close())
  const told = new Promise((resolve) => { channel.onmessage = resolve })
  const failed = bootError(await registerFixture(file, { bootTimeout: held }))
  await told
  await timers.runOut()
  return await failed
}

t.test('a script that was imported, waits and has made no app: the condition that may be why is named', async (t) => {
  const error = await errorAfterMessage(t, 'script-that-waits.js')
  t.equal(error.code, 'FST_BLOCKING_BOOT_TIMEOUT')
  t.match(error.message, 'neither ready() nor listen() of an app, perhaps since line 6 asks for `isMainThread`, which is false in a worker')
})

t.test('a script that was imported and has called ready() of its app: no condition is named', async (t) => {
  const error = await errorAfterMessage(t, 'script-never-ready.js')
  t.equal(error.code, 'FST_BLOCKING_BOOT_TIMEOUT')
  t.notMatch(error.message, 'neither ready() nor listen()')
  t.notMatch(error.message, 'isMainThread')
})

t.test('without a bootTimeout ready() fails with our error, not with that of Fastify\'s pluginTimeout', async (t) => {
  const app = Fastify({ pluginTimeout: 3_000 })
  await app.register(blocking, { app: fixture('module-loops.js'), pool: { ...pool, minThreads: 2, maxThreads: 2 } })
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_BOOT_TIMEOUT')
  t.match(error.message, 'within 3000 ms after the main thread had; raise pluginTimeout, an option of Fastify()')
})
