import { once } from 'node:events'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'
import { build as buildFailing, events, lines } from './fixtures/fails-late.js'

const limit = new HeldTimers(t)
const log = new Journal()
const app = await build({ only: ['lWlW'], plugin: { timeout: held, grace: 100_000 }, log: log.file })
t.teardown(() => app.close())
// Of the loop alone: the answer to the time limit waits until what it has overtaken would be sent.
let journal: Journal
const isTornDown = (): boolean => journal.read().filter((line) => line.startsWith('close')).length === 4
app.addHook('onSend', async (_request, { statusCode }) => {
  if (statusCode !== 503) return
  journal.go()
  await until(`all is torn down: ${journal.read().join()}`, isTornDown)
})
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

for (const handler of handlers) {
  for (const run of ['return', 'throw']) {
    t.test(`a time limit is over while it is torn down, and there is one answer: ${handler}, which does ${run}`, async (t) => {
      // What has begun to end without an error decides, and the limit waits for it.
      const isDecided = run === 'return'
      for (const [name, close] of [['w3', 'mindSignal'], ['l2', 'wait'], ['w1', 'mindSignal']] as const) {
        if (isDecided && close === 'wait') continue
        journal = new Journal()
        const answer = fetch(`${origin}/lWlW/${handler}${journal.query({ [name]: { close }, ...run === 'throw' && { handler: { run } } })}`)
        await journal.begun(name, 'close')
        await limit.runOut()
        const response = await answer
        t.equal(response.status, isDecided ? 200 : 503, `${name}: ${journal.read().join()}`)
        t.match(await response.json(), isDecided ? { last: 'w3' } : { code: 'FST_BLOCKING_TIMEOUT', handled: ` did not answer within ${held} ms` })
        await until('it is torn down', isTornDown)
        await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
        t.equal(new Set(journal.read().filter((line) => line.startsWith('close'))).size, 4, 'each once')
        t.same(log.read().filter((line) => line.includes('already sent')), [])
      }
    })
  }
}

t.test('the thread is the same as ever', async (t) => {
  t.match(app.blocking.stats(), { queue: 0, killed: 0, threads: { live: 1, busy: 0 } })
})

t.test('an error after the time limit is logged, of a handler on the loop that was answered for', async (t) => {
  const app = await buildFailing({ timeout: held })
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
