import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

t.test('close waits for injected requests too, before the apps of the workers are closed', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const closed = join(directory, 'closed')
  const app = await build({
    closes: { does: 'note', file: closed },
    plugin: { grace: 60_000, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/wait': { does: 'wait' }, '/note': { does: 'note' } }
  })
  await app.inject(`/note?file=${closed}&text=before`)
  const waiting = app.inject(`/wait?gate=${gate}&file=${closed}`)
  await untilExists(`${gate}.started`)

  const close = app.close()
  await until('it closes', () => app.blocking.stats().threads.exiting === 1)
  // The worker's event loop is free: asked to close already, it would do so before.
  writeFileSync(gate, '')
  t.equal((await waiting).statusCode, 200)
  await close
  t.match(readFileSync(closed, 'utf8'), /^before\nwaited\nclosed \d+\n$/)
  t.equal(threads.now, 0)
})
