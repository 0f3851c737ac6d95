import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { get } from '../support/get.js'
import { ThreadCount } from '../support/threads.js'
import { untilExists } from '../support/until.js'

t.test('a request on a socket that does not end is cut short as well, before the server waits for its connection', async (t) => {
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 100, timeout: 0, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' } }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const still = get(`${url}/still?gate=${gate}`)
  await untilExists(`${gate}.started`)

  await app.close()
  const { status, body } = await still
  t.equal(status, 503)
  t.match(body, { code: 'FST_BLOCKING_CLOSING' })
  t.equal(threads.now, 0)
})
