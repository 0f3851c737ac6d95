import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'

t.test('an answer that cannot be cloned is what the loop makes of it, or a 500 with a code; the thread stays', async (t) => {
  const threads = new ThreadCount()
  const odd = ['giveFunction', 'giveProxy', 'giveFields']
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: {
      '/giveStreamOfObjects': { does: 'giveStreamOfObjects' },
      '/tell': { does: 'tell' },
      ...Object.fromEntries(odd.flatMap((does) => [[`/${does}`, { does }], [`/loop/${does}`, { does, blocking: false }]]))
    }
  })
  t.teardown(() => app.close())
  const before = (await app.inject('/tell')).json()

  for (const name of odd) {
    const [worker, loop] = [await app.inject(`/${name}`), await app.inject(`/loop/${name}`)]
    t.equal(worker.statusCode, loop.statusCode, name)
    t.equal(worker.payload.replace('/loop', ''), loop.payload.replace('/loop', ''), name)
  }
  const stream = await app.inject('/giveStreamOfObjects')
  t.equal(stream.statusCode, 500)
  t.match(stream.json(), { code: 'FST_BLOCKING_UNSUPPORTED_ANSWER' })

  t.same((await app.inject('/tell')).json(), before, 'the same thread')
  t.equal(threads.started, 1)
})
