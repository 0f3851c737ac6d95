import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { untilExists } from '../support/until.js'
import { buildFunctions } from './fixtures/typed.js'

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
