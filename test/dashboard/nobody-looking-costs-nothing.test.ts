import t from 'tap'
import { monitors } from '../support/monitors.js'
import { Viewer } from './viewer.js'

// Loaded after the monitors are counted.
const { buildShown } = await import('./fixtures/typed.js')

t.test('nothing is sampled before the first viewer comes, and nothing after the server has closed', async (t) => {
  const app = await buildShown()
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  t.equal((await fetch(`${address}/blocking/`)).status, 200)
  t.equal((await fetch(`${address}/brief/1`)).status, 200)
  t.same(monitors, { made: 0, running: 0 })

  const viewer = await Viewer.open(address)
  t.same(monitors, { made: 1, running: 1 })
  t.same(viewer.begin.samples, [], 'what ran before was not sampled')
  t.equal(viewer.begin.state.registrations[0]!.stats.completed, 1, 'and was counted all the same')
  await viewer.until(() => true)
  await app.close()
  t.equal(monitors.running, 0)
})
