import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { buildFunctions } from './fixtures/typed.js'

t.test('a call over its time limit rejects, and a thread that does not end it is replaced', async (t) => {
  const limit = new HeldTimers(t)
  const app = await buildFunctions({ limits: { timeout: held }, plugin: { grace: 10 } })
  t.teardown(() => app.close())
  await app.ready()
  const first = await app.functions.tell()
  const gate = join(t.testdir(), 'gate')
  const looping = app.functions.loop({ gate })
  const rejected = t.rejects(looping, { code: 'FST_BLOCKING_TIMEOUT', statusCode: 503, message: /^offload loop: .* within 54321 ms/, stack: /limits-are-those-of-a-route/ })
  await untilExists(`${gate}.started`)
  await limit.runOut()
  await rejected
  t.not(await app.functions.tell(), first)
  t.match(app.blocking.stats(), { killed: 1, routes: { 'offload loop': { completed: 0, failed: 0, timedOut: 1 } } })
})

t.test('one that minds its signal keeps its thread', async (t) => {
  const limit = new HeldTimers(t)
  const app = await buildFunctions({ limits: { timeout: held } })
  t.teardown(() => app.close())
  await app.ready()
  const gate = join(t.testdir(), 'gate')
  const first = await app.functions.tell()
  const rejected = t.rejects(app.functions.heed({ gate }), { code: 'FST_BLOCKING_TIMEOUT' })
  await untilExists(`${gate}.started`)
  await limit.runOut()
  await rejected
  t.equal(await app.functions.tell(), first)
  t.equal(readFileSync(gate, 'utf8'), 'FastifyError FST_BLOCKING_TIMEOUT')
  t.equal(app.blocking.stats().killed, 0)
})

t.test('one that has waited too long, or comes to a full queue, rejects as a request is refused', async (t) => {
  const limit = new HeldTimers(t)
  const app = await buildFunctions({ plugin: { queue: { max: 1, timeout: held } } })
  t.teardown(() => app.close())
  await app.ready()
  const gate = join(t.testdir(), 'gate')
  const running = app.functions.standStill({ gate })
  const waiting = app.functions.tell()
  await t.rejects(app.functions.tell(), { code: 'FST_BLOCKING_QUEUE_FULL', statusCode: 503, headers: { 'retry-after': '1' }, message: /^offload tell: 1 / })
  t.match(await app.inject('/tells'), { statusCode: 503, headers: { 'retry-after': '1' } }, 'where the handler lets it pass')
  const rejected = t.rejects(waiting, { code: 'FST_BLOCKING_QUEUE_TIMEOUT', statusCode: 503, headers: { 'retry-after': '1' } })
  await limit.runOut()
  await rejected
  writeFileSync(gate, '')
  await running
  t.match(app.blocking.stats(), { routes: { 'offload tell': { completed: 0, failed: 0, refused: 3 }, 'offload standStill': { completed: 1 } } })
})

t.test('no more calls of a function run at once than its concurrency', async (t) => {
  const app = await buildFunctions({ limits: { concurrency: 1 }, plugin: { pool: { minThreads: 2, maxThreads: 2 } } })
  t.teardown(() => app.close())
  await app.ready()
  const folder = t.testdir()
  const gates = [join(folder, 'one'), join(folder, 'other')]
  const calls = gates.map(async (gate) => await app.functions.standStill({ gate }))
  await untilExists(`${gates[0]!}.started`)
  t.type(await app.functions.tell(), 'number', 'there is room for others')
  t.match(app.blocking.stats(), { queue: 1, threads: { busy: 1, live: 2 } })
  for (const gate of gates) writeFileSync(gate, '')
  await Promise.all(calls)
})

t.test('a call of a higher priority goes first', async (t) => {
  const app = await buildFunctions({ limits: { priority: 1 } })
  t.teardown(() => app.close())
  await app.ready()
  const gate = join(t.testdir(), 'gate')
  const running = app.functions.standStill({ gate })
  await untilExists(`${gate}.started`)
  const order: string[] = []
  const low = app.functions.tell().then(() => order.push('low'))
  const high = app.functions.wait({ gate }).then(() => order.push('high'))
  await until('both wait', () => app.blocking.stats().queue === 2)
  writeFileSync(gate, '')
  await Promise.all([running, low, high])
  t.same(order, ['high', 'low'])
})

t.test('close() refuses the calls that wait, and finishes what runs', async (t) => {
  const app = await buildFunctions({ plugin: { grace: 100_000 } })
  await app.ready()
  const gate = join(t.testdir(), 'gate')
  const running = app.functions.standStill({ gate })
  await untilExists(`${gate}.started`)
  const waiting = app.functions.tell()
  const closed = app.close()
  await t.rejects(waiting, { code: 'FST_BLOCKING_CLOSING', statusCode: 503 })
  await t.rejects(app.functions.tell(), { code: 'FST_BLOCKING_CLOSING' })
  writeFileSync(gate, '')
  t.type(await running, 'number')
  await closed
})

t.test('what runs for longer than the grace period gets the signal, then its thread is terminated', async (t) => {
  const grace = new HeldTimers(t)
  const app = await buildFunctions({ plugin: { grace: held, pool: { minThreads: 2, maxThreads: 2 } } })
  await app.ready()
  const gate = join(t.testdir(), 'gate')
  const heeding = app.functions.heed({ gate })
  const looping = app.functions.loop({ gate: `${gate}-loop` })
  looping.catch(() => {})
  await untilExists(`${gate}.started`)
  await untilExists(`${gate}-loop.started`)
  const closed = app.close()
  await grace.runOut()
  await heeding
  await grace.runOut()
  await t.rejects(looping, { code: 'FST_BLOCKING_CLOSING' })
  await closed
})

t.test('a call whose thread ends rejects with a code, and the others go on', async (t) => {
  const app = await buildFunctions({ plugin: { pool: { resourceLimits: { maxOldGenerationSizeMb: 32 } } } })
  t.teardown(() => app.close())
  await app.ready()
  const { exit, exhaustHeap, tell } = app.functions
  const first = await tell()
  const calls = await Promise.allSettled([exit(), tell(), exhaustHeap(), tell()])
  t.match(calls[0], { status: 'rejected', reason: { code: 'FST_BLOCKING_THREAD_LOST', statusCode: 500, message: /^offload exit: .*exited with code 3/, cause: Error, stack: /limits-are-those-of-a-route/ } })
  t.match(calls[1], { status: 'fulfilled' })
  t.match(calls[2], { status: 'rejected', reason: { code: 'FST_BLOCKING_OUT_OF_MEMORY', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } } })
  t.match(calls[3], { status: 'fulfilled' })
  t.not(await tell(), first)
  t.match(app.blocking.stats(), { completed: 4, failed: 2, killed: 0, queue: 0 })
})
