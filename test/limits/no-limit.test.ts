import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { untilExists } from '../support/until.js'

t.test('a time limit of 0 is none, whatever the registration says', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { timeout: 20, grace: 0, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill', blocking: { timeout: 0 } }, '/limited': { does: 'standStill' } }
  })
  t.teardown(() => app.close())

  await app.ready()
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const still = app.inject(`/still?gate=${gate}`)
  await untilExists(`${gate}.started`)
  t.equal(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, timers, 'there is no timer at all')
  writeFileSync(gate, '')
  t.equal((await still).statusCode, 200)
  t.equal((await app.inject(`/limited?gate=${gate}.never`)).statusCode, 503)
})
