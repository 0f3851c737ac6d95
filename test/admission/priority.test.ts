import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

t.test('a higher priority leaves the queue first; within one, who came first, of whatever route', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const file = join(directory, 'file')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: {
      '/still': { does: 'standStill' },
      '/low': { does: 'note', blocking: { priority: -1 } },
      '/a': { does: 'note' },
      '/b': { does: 'note', blocking: { priority: 0 } },
      '/high': { does: 'note', blocking: { priority: 5 } }
    }
  })
  t.teardown(() => app.close())
  await app.ready()
  const still = app.inject(`/still?gate=${gate}`)
  await until('it runs', () => app.blocking.stats().threads.busy === 1)

  const requests: Array<Promise<unknown>> = [still]
  for (const [index, route] of ['low', 'a', 'b', 'high', 'a', 'b', 'b', 'a', 'low', 'high'].entries()) {
    requests.push(app.inject(`/${route}?file=${file}&text=${route}${index}`).then())
    await until('it waits', () => app.blocking.stats().queue === index + 1)
  }
  writeFileSync(gate, '')
  await Promise.all(requests)
  t.equal(readFileSync(file, 'utf8'), 'high3 high9 a1 b2 a4 b5 b6 a7 low0 low8 '.replaceAll(' ', '\n'))
})
