import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

t.test('10,000 requests that wait are answered in the order in which they came', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const file = join(directory, 'file')
  const app = await build({
    plugin: { timeout: 0, queue: { max: 10_000, timeout: 600_000 }, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' }, '/note': { does: 'note' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const still = app.inject(`/still?gate=${gate}`)
  await until('it runs', () => app.blocking.stats().threads.busy === 1)

  let wrong = 0
  const answers: number[] = []
  const requests = Array.from({ length: 10_000 }, async (_, index) => {
    const { payload, statusCode } = await app.inject(`/note?file=${file}&text=${index}`)
    answers.push(Number(payload))
    if (statusCode !== 200) wrong++
  })
  await until('all of them wait', () => app.blocking.stats().queue === 10_000)
  t.equal((await app.inject('/note')).statusCode, 503, 'one more is one too many')
  writeFileSync(gate, '')
  await still
  await Promise.all(requests)

  t.equal(wrong, 0)
  const inOrder = Array.from({ length: 10_000 }, (_, index) => index)
  t.ok(answers.every((index, position) => index === position) && answers.length === 10_000)
  t.equal(readFileSync(file, 'utf8'), inOrder.join('\n') + '\n')
  t.match(app.blocking.stats(), { queue: 0, completed: 10_001, failed: 1 })
})
