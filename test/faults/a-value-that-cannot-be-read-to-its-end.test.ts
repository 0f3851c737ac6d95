import t from 'tap'
import { build } from '../fixtures/endless-values.js'

t.test('what a worker gives and cannot be read to its end is ended by the time limit, whichever way it goes', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  const paths = ['/answer', '/toJSON', '/log', '/result', '/error', '/argument', '/sync-argument', '/dependency']
  for (const path of paths) {
    const response = await app.inject(path)
    t.equal(response.statusCode, 503, path)
    t.match(response.json(), { code: 'FST_BLOCKING_TIMEOUT' }, path)
    t.equal((await app.inject('/good')).body, 'good', 'and another thread takes over')
  }
  t.match(app.blocking.stats(), { killed: paths.length, threads: { live: 1, busy: 0, exiting: 0 }, queue: 0 })
})
