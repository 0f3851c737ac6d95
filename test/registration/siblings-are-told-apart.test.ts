import t from 'tap'
import { app } from './fixtures/two-siblings.js'

t.test('two plugins of one module and prefix have workers of their own', async (t) => {
  t.teardown(() => app.close())
  const first = (await app.inject('/first')).json<{ name: string, threadId: number }>()
  const second = (await app.inject('/second')).json<{ name: string, threadId: number }>()
  t.equal(first.name, 'first')
  t.equal(second.name, 'second')
  t.not(first.threadId, 0)
  t.not(second.threadId, 0)
  t.not(first.threadId, second.threadId)
})
