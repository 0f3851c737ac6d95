import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { untilExists } from '../support/until.js'

t.test('after the grace period close tells what still runs, and in the end does not wait for it', async (t) => {
  const grace = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: held, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/mind': { does: 'hearSignal' }, '/still': { does: 'standStill' } }
  })
  await app.ready()
  const minding = app.inject(`/mind?gate=${gate}`)
  const still = app.inject(`/still?gate=${gate}-never`)
  await untilExists(`${gate}.started`)
  await untilExists(`${gate}-never.started`)

  const closed = app.close()
  await grace.runOut()
  t.equal((await minding).statusCode, 200)
  t.equal(readFileSync(gate, 'utf8'), 'FST_BLOCKING_CLOSING')
  await grace.runOut()
  const cut = await still
  t.equal(cut.statusCode, 503)
  t.match(cut.json(), { code: 'FST_BLOCKING_CLOSING' })
  await closed
  t.equal(threads.now, 0)
  t.equal(threads.started, 2)
})
