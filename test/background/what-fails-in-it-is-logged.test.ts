import t from 'tap'
import { until } from '../support/until.js'
import { build, done, lines, sides } from './fixtures/chores.js'

for (const side of sides) {
  t.test(`and the rest is done: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    t.equal((await app.inject(`/${side}/failing`)).statusCode, 200)
    await until('the last one is done', () => done().includes('after'))
    t.match(lines.filter(({ err }) => err !== undefined), [
      { level: 50, err: { type: 'RangeError', message: 'no paper', code: 'E_PAPER' }, msg: 'fastify-blocking: background work failed' },
      { level: 50, err: { type: 'TypeError', message: 'no ink' } }
    ])
  })
}

t.test('a thread that ends in it is replaced, and its slot is free', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.equal((await app.inject('/worker/exits')).statusCode, 200)
  await until('it was logged', () => lines.some(({ err }) => err !== undefined))
  t.match(lines.filter(({ err }) => err !== undefined), [{ err: { code: 'FST_BLOCKING_THREAD_LOST' }, msg: 'fastify-blocking: background work failed' }])
  t.equal((await app.inject('/worker/one')).statusCode, 200)
  await until('the next one is done', () => done().includes('only'))
})
