import t from 'tap'
import { get } from '../support/get.js'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build } from './fixtures/closing.js'

t.test('when the server closes, requests in flight have ended before what they use is closed, on either side', async (t) => {
  const journal = new Journal()
  const app = await build({ journal: journal.file })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const names = ['onLoop', 'inWorker', 'onBoth']
  const answers = Promise.all(names.map((name) => get(`${origin}/${name}`)))
  for (const name of names) await journal.begun(name, 'run')

  const closed = app.close()
  await until('the server refuses', () => !app.server.listening)
  t.same(journal.read(), [], 'nothing is closed while they run')
  journal.go()
  for (const answer of await answers) t.equal(answer.status, 200)
  await closed

  const lines = journal.read()
  t.same(lines.filter((line) => !line.startsWith('close')).toSorted(), [
    'inWorker is handled by the worker',
    ...Array(2).fill('loop ends, its pool is open'),
    'onBoth is handled by the loop',
    'onLoop is handled by the loop',
    ...Array(2).fill('worker ends, its pool is open')
  ])
  for (const side of ['loop', 'worker']) {
    t.equal(lines.filter((line) => line === `close ${side}Pool`).length, 1)
    t.ok(lines.indexOf(`close ${side}Pool`) > lines.lastIndexOf(`${side} ends, its pool is open`), `the last of all on the side ${side}`)
  }
})
