import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../helpers/threads.js'
import { until } from '../helpers/until.js'

t.test('where there is room, the successor of a thread boots before that one is terminated', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { grace: 5_000, pool: { minThreads: 1, maxThreads: 2 } },
    routes: { '/loop': { does: 'loop', blocking: { timeout: 50 } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const { threadId } = (await app.inject('/tell')).json()

  t.equal((await app.inject('/loop')).statusCode, 503)
  const successor = (await app.inject('/tell')).json()
  t.not(successor.threadId, threadId)
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 2, busy: 1 } }, 'the first one is still in its grace period')
  await until('the first one has exited', () => threads.now === 1)
  t.match(app.blocking.stats(), { killed: 1, threads: { live: 1, busy: 0, exiting: 0, starting: 0 } })
  t.same((await app.inject('/tell')).json(), successor)
  t.equal(threads.started, 2, 'and needs no other one')
})
