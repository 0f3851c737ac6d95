import t from 'tap'
import { build } from './fixtures/changes-in-place.js'

t.test('what a handler has changed within an object that a hook has put there, later hooks find changed', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const [loop, worker] = [await app.inject('/loop'), await app.inject('/worker')]
  t.same(JSON.parse(String(loop.headers['x-end'])), {
    names: ['of a hook', 'of the handler'], at: [['here', 1]], locals: { deep: { deeper: [1] } }, isKept: true
  })
  t.same(JSON.parse(String(worker.headers['x-end'])), JSON.parse(String(loop.headers['x-end'])), 'and what it has not is the same object')
})
