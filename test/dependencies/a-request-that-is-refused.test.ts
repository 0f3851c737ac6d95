import t, { type Test } from 'tap'
import { get } from '../support/get.js'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'

/** An app whose only thread has a request, until `first` lets it go. */
async function occupy (t: Test, queue: { max?: number, timeout: number }) {
  const app = await build({ only: ['w', 'lwl'], plugin: { queue, grace: 100_000 } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const first = new Journal()
  const running = get(`${origin}/w/blocking${first.query({ handler: { run: 'wait' } })}`)
  await first.begun('handler', 'run')
  return { app, origin, first, running }
}

const refused = ['open l0', /^l0 was thrown/, 'close l0', /^error handler/]

for (const handler of handlers) {
  t.test(`a request is refused with a generator open on the loop, which is ended before: ${handler}`, async (t) => {
    const { app, origin, first, running } = await occupy(t, { max: 1, timeout: 100_000 })
    const second = new Journal()
    const waiting = get(`${origin}/lwl/${handler}${second.query()}`)
    await until('one waits', () => app.blocking.stats().queue === 1)

    const third = new Journal()
    const full = await get(`${origin}/lwl/${handler}${third.query()}`)
    t.match(full, { status: 503, body: { code: 'FST_BLOCKING_QUEUE_FULL' } })
    t.match(third.read(), refused)

    // What runs is finished, who waits is refused.
    const closed = app.close()
    t.match(await waiting, { status: 503, body: { code: 'FST_BLOCKING_CLOSING' } })
    t.match(second.read(), refused)
    first.go()
    t.match(await running, { status: 200 })
    await closed
    t.same(first.read(), ['open w0', 'handle', 'close w0'])
  })

  t.test(`the server closes while a request is on its way: it is finished: ${handler}`, async (t) => {
    const app = await build({ only: ['lwl'], plugin: { grace: 100_000 } })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const journal = new Journal()
    const running = get(`${origin}/lwl/${handler}${journal.query({ l2: { open: 'wait' } })}`)
    await journal.begun('l2', 'open')
    const closed = app.close()
    journal.go()
    t.match(await running, { status: 200 })
    await closed
    t.same(journal.read(), ['open l0', 'open w1', 'open l2', 'handle', 'close l2', 'close w1', 'close l0'])
  })
}

t.test('a request has waited for too long', async (t) => {
  const { origin, first, running } = await occupy(t, { timeout: 50 })
  for (const handler of handlers) {
    const second = new Journal()
    t.match(await get(`${origin}/lwl/${handler}${second.query()}`), { status: 503, body: { code: 'FST_BLOCKING_QUEUE_TIMEOUT' } }, handler)
    t.match(second.read(), refused)
  }
  first.go()
  t.match(await running, { status: 200 })
})
