import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { untilExists } from '../support/until.js'
import { buildFunctions } from './fixtures/typed.js'

const app = await buildFunctions()
t.teardown(() => app.close())
await app.ready()

t.test('a call that waits leaves the queue when its signal aborts', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const running = app.functions.standStill({ gate })
  await untilExists(`${gate}.started`)

  const controller = new AbortController()
  const reason = new Error('nobody wants it')
  const waiting = app.functions.tell.with({ signal: controller.signal })()
  t.equal(app.blocking.stats().queue, 1)
  controller.abort(reason)
  t.equal(app.blocking.stats().queue, 0)
  await t.rejects(waiting, reason)
  await t.rejects(app.functions.tell.with({ signal: controller.signal })(), reason, 'one that has aborted before')
  t.match(app.blocking.stats().routes['offload tell'], { completed: 0, failed: 0, clientGone: 2 })

  writeFileSync(gate, '')
  await running
  t.match(app.blocking.stats(), { completed: 1, queue: 0 })
})

for (const name of ['heed', 'hear'] as const) {
  t.test(`a call that runs rejects at once when its signal aborts, and its function sees it: ${name}`, async (t) => {
    const gate = join(t.testdir(), 'gate')
    const controller = new AbortController()
    const running = app.functions[name].with({ signal: controller.signal })({ gate })
    await untilExists(`${gate}.started`)
    const reason = { not: 'an error' }
    controller.abort(reason)
    t.equal(await running.catch((error: unknown) => error), reason)
    await untilExists(gate)
    t.type(await app.functions.tell(), 'number')
    t.equal(readFileSync(gate, 'utf8'), `AbortError ${DOMException.ABORT_ERR}`)
    t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, busy: 0 }, routes: { [`offload ${name}`]: { completed: 0, failed: 0, clientGone: 1 } } })
  })
}

t.test('a signal that aborts later is nobody\'s business, and has no listener left', async (t) => {
  const { completed, failed, clientGone } = app.blocking.stats()
  const controller = new AbortController()
  const tell = app.functions.tell.with({ signal: controller.signal })
  let listeners = 0
  const { addEventListener, removeEventListener } = controller.signal
  controller.signal.addEventListener = function (this: AbortSignal, ...args: unknown[]) { listeners++; Reflect.apply(addEventListener, this, args) } as typeof addEventListener
  controller.signal.removeEventListener = function (this: AbortSignal, ...args: unknown[]) { listeners--; Reflect.apply(removeEventListener, this, args) } as typeof removeEventListener
  t.equal(await tell(), await tell())
  t.equal(listeners, 0)
  controller.abort()
  t.match(app.blocking.stats(), { completed: completed + 2, failed, clientGone })
})

t.test('of two calls in one thread each has its own', async (t) => {
  const app = await buildFunctions({ plugin: { pool: { concurrentTasksPerWorker: 2 } } })
  t.teardown(() => app.close())
  await app.ready()
  const folder = t.testdir()
  const controllers = [new AbortController(), new AbortController()]
  const gates = ['one', 'other'].map((name) => join(folder, name))
  const calls = controllers.map(async ({ signal }, index) => await app.functions.hear.with({ signal })({ gate: gates[index] }))
  for (const gate of gates) await untilExists(`${gate}.started`)
  controllers[1]!.abort()
  await t.rejects(calls[1]!, { name: 'AbortError' })
  await untilExists(gates[1]!)
  t.equal(existsSync(gates[0]!), false)
  controllers[0]!.abort()
  await t.rejects(calls[0]!, { name: 'AbortError' })
  await untilExists(gates[0]!)
})
