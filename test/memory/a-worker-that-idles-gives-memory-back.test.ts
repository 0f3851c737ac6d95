import t from 'tap'
import { until } from '../support/until.js'
import { build, collections } from './fixtures/idles.js'

t.test('the young generation, which has grown with the load, is small again after some seconds', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4))
  const app = await build({ cells })
  t.teardown(() => app.close())
  const { grown } = (await app.inject('/fill')).json<{ grown: number }>()
  t.ok(grown > 6_000_000, `${grown} bytes`)
  const before = Atomics.load(cells, collections)
  await until('the idle worker has collected its garbage', () => Atomics.load(cells, collections) > before)
  const { left } = (await app.inject('/tell')).json<{ left: number }>()
  t.ok(left < grown / 2, `${left} of ${grown} bytes`)
})

t.test('a server that closes does not wait for that', async () => {
  const app = await build({ cells: new Int32Array(new SharedArrayBuffer(4)) })
  await app.inject('/fill')
  await app.close()
})
