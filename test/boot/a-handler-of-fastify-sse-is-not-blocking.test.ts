import t from 'tap'
import { bootError } from '../support/boot.js'
import { build } from './fixtures/sse.js'

for (const isFirst of [true, false]) {
  const when = `@fastify/sse registered ${isFirst ? 'before' : 'after'} this package`

  t.test(`a blocking handler is refused, and told of events(): ${when}`, async (t) => {
    for (const options of [{ route: { blocking: true } }, { dispatch: 'all' as const }]) {
      const { code, message } = await bootError(await build({ isFirst, ...options }))
      t.equal(code, 'FST_BLOCKING_SSE_ROUTE')
      t.match(message, /^route GET \/ has `sse` of @fastify\/sse, .*return events\(reply, …\) of fastify-blocking\/streams/)
    }
  })

  t.test(`a handler on the loop may have blocking dependencies, and stays there: ${when}`, async (t) => {
    for (const dispatch of [undefined, 'measured'] as const) {
      const app = await build({ isFirst, ...(dispatch && { dispatch }) })
      t.teardown(() => app.close())
      const { headers, body } = await app.inject('/')
      t.equal(headers['content-type'], 'text/event-stream')
      t.equal(body, 'data: 42\n\n')
      t.match(app.blocking.plan('GET', '/'), { handler: 'loop' })
    }
  })
}

t.test('a blocking handler that writes to the socket is told of streams', async (t) => {
  const app = await build({ isFirst: true })
  t.teardown(() => app.close())
  const answer = await app.inject('/by-hand')
  t.equal(answer.statusCode, 500)
  t.match(answer.json(), { code: 'FST_BLOCKING_LOOP_ONLY', message: /^reply\.raw\.write\(\) writes to the socket, .*return a stream, .*events\(\) of fastify-blocking\/streams/ })
})
