import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { serve } from '../lifecycle/compare.js'
import { build } from './apps/odd-headers.js'

t.test('a header that announces trailers, of which there are none, is refused: Node would throw it at nobody when a stream is sent', async (t) => {
  const threads = new ThreadCount()
  const { send } = await serve(t, build, true)
  for (const way of ['header', 'raw', 'text']) {
    const { status, body } = await send({ path: `/trailer/${way}` })
    t.equal(status, 500, way)
    t.match(JSON.parse(body.toString()), { code: 'FST_BLOCKING_LOOP_ONLY' }, way)
  }
  t.equal(threads.started, 1, 'no thread was lost')
})
