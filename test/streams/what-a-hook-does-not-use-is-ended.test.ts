import t from 'tap'
import { until } from '../support/until.js'
import { build, createCounts, ended } from './fixtures/producers.js'

for (const [title, method, status] of [['an answer to HEAD', 'HEAD', 200], ['an onSend hook that puts something in its place', 'GET', 200]] as const) {
  t.test(title, async (t) => {
    const counts = createCounts()
    const app = await build({ counts })
    t.teardown(() => app.close())
    app.addHook('onSend', async (_request, _reply, payload) => method === 'GET' ? 'replaced' : payload)
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const response = await fetch(`${origin}/generator`, { method })
    t.equal(response.status, status)
    t.equal(await response.text(), method === 'GET' ? 'replaced' : '')
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal(Atomics.load(counts, ended), 1)
    t.match(app.blocking.stats(), { failed: 0, completed: 1, killed: 0 })
  })
}
