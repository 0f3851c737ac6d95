import { once } from 'node:events'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, events, lines } from './fixtures/fails-late.js'

t.test('of a handler on the loop that was answered for', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ timeout: held })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const begun = once(events, 'begun')
  const answer = fetch(origin)
  await begun
  await limit.runOut()
  const response = await answer
  t.equal(response.status, 503)
  const errors = (): unknown[] => lines.filter(({ level }) => level === 50)
  await until('its error is logged', () => errors().length === 2)
  t.match(errors(), [
    { reqId: 'req-1', err: { code: 'FST_BLOCKING_TIMEOUT' } },
    { reqId: 'req-1', err: { type: 'RangeError', message: 'too late' }, msg: 'fastify-blocking: an error after the request had been answered' }
  ])
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
})
