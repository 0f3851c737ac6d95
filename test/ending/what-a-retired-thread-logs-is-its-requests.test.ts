import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { build } from './fixtures/logging.js'

t.test('what a visit that has been given up logs and sets belongs to its request, and not to the app', async (t) => {
  const limit = new HeldTimers(t)
  const file = join(t.testdir(), 'notes')
  const lines: Record<string, unknown>[] = []
  const find = (msg: string): Record<string, unknown> | undefined => lines.find((line) => line.msg === msg)
  const app = await build({ file, limit: held }, { write: (line: string) => { lines.push(JSON.parse(line)) } })
  t.teardown(() => app.close())
  await app.ready()
  const answer = app.inject('/retired').then()
  await untilExists(`${file}.begun`)
  await limit.runOut()
  t.equal((await answer).statusCode, 503)
  await until('its thread is retired', () => app.blocking.stats().threads.retired === 1)
  writeFileSync(`${file}.go`, '')
  await until('it has logged', () => find('given up') !== undefined)
  const { reqId, before, after, bindings } = find('given up')!
  t.same({ reqId, before, after }, { reqId: 'req-1', before: true, after: true })
  t.same(bindings, { reqId: 'req-1', before: true, after: true })

  t.equal(app.log.level, 'warn')
  t.equal((await app.inject('/tell')).body, 'told')
  t.equal(find('told')!.after, undefined)
})
