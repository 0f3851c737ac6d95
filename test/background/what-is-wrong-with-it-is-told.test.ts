import t from 'tap'
import { until } from '../support/until.js'
import { build, createGate, done, isIdle, lines, open, sides } from './fixtures/chores.js'

const gate = createGate()
const app = await build({ gate })
t.teardown(() => app.close())

t.beforeEach(async () => {
  await until('what was asked before is over', () => isIdle(app))
  lines.length = 0
})

for (const side of sides) {
  t.test(`it must be asked for before the answer: ${side}`, async (t) => {
    t.equal((await app.inject(`/${side}/late`)).body, 'sent')
    await until('it was refused', () => done().includes('FST_BLOCKING_BACKGROUND_TOO_LATE'))
  })

  t.test(`it must be asked for with a function: ${side}`, async (t) => {
    const response = await app.inject(`/${side}/text`)
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_BLOCKING_INVALID_BACKGROUND', message: 'reply.background() was given string; give it a function' })
  })

  t.test(`what fails in it is logged, and the rest is done: ${side}`, async (t) => {
    t.equal((await app.inject(`/${side}/failing`)).statusCode, 200)
    await until('the last one is done', () => done().includes('after'))
    t.match(lines.filter(({ err }) => err !== undefined), [
      { level: 50, err: { type: 'RangeError', message: 'no paper', code: 'E_PAPER' }, msg: 'fastify-blocking: background work failed' },
      { level: 50, err: { type: 'TypeError', message: 'no ink' } }
    ])
  })
}

t.test('it is asked for too late once a handler on the loop has the request', async (t) => {
  t.equal((await app.inject('/dependency/late')).statusCode, 200)
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  open(gate)
  await until('it was refused', () => done().includes('FST_BLOCKING_BACKGROUND_TOO_LATE'))
})

t.test('a thread that ends in it is replaced, and its slot is free', async (t) => {
  t.equal((await app.inject('/worker/exits')).statusCode, 200)
  await until('it was logged', () => lines.some(({ err }) => err !== undefined))
  t.match(lines.filter(({ err }) => err !== undefined), [{ err: { code: 'FST_BLOCKING_THREAD_LOST' }, msg: 'fastify-blocking: background work failed' }])
  t.equal((await app.inject('/worker/one')).statusCode, 200)
  await until('the next one is done', () => done().includes('only'))
})
