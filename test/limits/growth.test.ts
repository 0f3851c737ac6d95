import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('threads grow from minThreads to maxThreads under load, and shrink when they have idled', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const closed = join(directory, 'closed')
  const app = await build({
    closes: { does: 'note', file: closed },
    plugin: { pool: { minThreads: 1, maxThreads: 3, idleTimeout: 200 } },
    routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  t.equal(threads.now, 1)
  t.match(app.blocking.stats().threads, { live: 1, busy: 0, starting: 0, exiting: 0 })

  const gate = join(directory, 'gate')
  const requests = Array.from({ length: 5 }, () => app.inject(`/still?gate=${gate}`))
  await until('three run', () => app.blocking.stats().threads.busy === 3)
  t.equal(app.blocking.stats().queue, 2)
  t.equal(threads.now, 3)
  writeFileSync(gate, '')
  const ids = (await Promise.all(requests)).map((response) => response.json().threadId)
  t.equal(new Set(ids).size, 3)

  await until('two have exited', () => threads.now === 1)
  t.equal(threads.most, 3)
  t.match(app.blocking.stats().threads, { live: 1, busy: 0, starting: 0, exiting: 0 })
  t.equal(app.blocking.stats().killed, 0)
  t.equal(readFileSync(closed, 'utf8').trim().split('\n').length, 2, 'their apps were closed')
  t.equal((await app.inject('/tell')).statusCode, 200)
})

t.test('a thread that has booted when the load was over already goes as well', async (t) => {
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 2, idleTimeout: 200 } },
    routes: { '/still': { does: 'standStill' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const requests = [app.inject(`/still?gate=${gate}`), app.inject(`/still?gate=${gate}`)]
  await until('another thread is about to boot', () => app.blocking.stats().threads.starting === 1)
  writeFileSync(gate, '')
  await Promise.all(requests)
  await until('it has booted', () => app.blocking.stats().threads.starting === 0)
  await until('one of the two has exited', () => threads.now === 1)
  t.equal(threads.most, 2)
})
