import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/logging.js'

t.test('what a visit that has been given up logs and sets belongs to its request, and not to the app', async (t) => {
  const file = join(t.testdir(), 'notes')
  const lines: Record<string, unknown>[] = []
  const find = (msg: string): Record<string, unknown> | undefined => lines.find((line) => line.msg === msg)
  const app = await build({ file }, { write: (line: string) => { lines.push(JSON.parse(line)) } })
  t.teardown(() => app.close())
  await app.ready()
  t.equal((await app.inject('/retired')).statusCode, 503)
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
