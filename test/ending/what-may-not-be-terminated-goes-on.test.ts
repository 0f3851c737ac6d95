import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { build } from './fixtures/asking.js'

t.test('a handler that stands still beyond its limit ends by itself, and then its thread does', async (t) => {
  const limit = new HeldTimers(t)
  const file = join(t.testdir(), 'notes')
  const gate = join(t.testdir(), 'gate')
  const app = await build({ file, limit: held })
  t.teardown(() => app.close())
  const response = app.inject(`/still?gate=${gate}`)
  response.then(() => {})
  await untilExists(`${file}.begun`)
  await limit.runOut()
  t.equal((await response).statusCode, 503)
  await until('it was told to end', () => app.blocking.stats().threads.exiting === 1)
  writeFileSync(gate, '')
  await until('it is gone', () => app.blocking.stats().threads.live === 1)
  t.match(app.blocking.stats(), { killed: 0, threads: { retired: 0, exiting: 0 } })
  t.equal((await app.inject('/tell')).body, 'told')
})

t.test('closing the server does not wait for it for ever, and nor does the client', async (t) => {
  const file = join(t.testdir(), 'notes')
  const gate = join(t.testdir(), 'gate')
  const app = await build({ file, limit: 0 })
  const warnings: string[] = []
  app.log.warn = (text: unknown) => { warnings.push(String(text)) }
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`${origin}/still?gate=${gate}`, { headers: { connection: 'close' } })
  await untilExists(`${file}.begun`)
  await app.close()
  const response = await answer
  t.equal(response.status, 503)
  t.match(await response.json(), { code: 'FST_BLOCKING_CLOSING' })
  t.ok(warnings.some((text) => /thread \d+ has not ended: .*GET \/still/.test(text)), warnings.join('\n'))
  t.match(app.blocking.stats().threads, { exiting: 1 })
  writeFileSync(gate, '')
  await until('it is gone', () => app.blocking.stats().threads.exiting === 0)
})
