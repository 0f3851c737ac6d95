import t from 'tap'
import { until } from '../support/until.js'
import { build, done, sides } from './fixtures/chores.js'

for (const side of sides) {
  t.test(`before the answer: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    t.equal((await app.inject(`/${side}/late`)).body, 'sent')
    await until('it was refused', () => done().includes('FST_BLOCKING_BACKGROUND_TOO_LATE'))
  })

  t.test(`with a function: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    const response = await app.inject(`/${side}/text`)
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_BLOCKING_INVALID_BACKGROUND', message: 'reply.background() was given string; give it a function' })
  })
}

t.test('not by a blocking dependency of a handler on the loop', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const response = await app.inject('/dependency')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'FST_BLOCKING_LOOP_ONLY' })
})
