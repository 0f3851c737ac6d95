import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker } from './broker.js'
import { FalseServer } from './false-server.js'
import { readNow } from './frames.js'
import { startRecorded } from './recorded.js'

t.test('a host whose server knows very many hosts announces its slots with its heartbeats only', { skip: lacksBroker }, async (t) => {
  const { app, recording } = await startRecorded(t)
  const { client, capacity } = recording

  const server = new FalseServer(recording)
  server.greet()
  // A server that does not ping is forgotten.
  const ping = () => server.ping(readNow(), undefined, 1_000_000)
  ping()
  // An announcement that was due before the ping comes with the heartbeat, at the latest.
  let heartbeats = 0
  let others = 0
  let last = performance.now()
  client.subscribe(capacity!.subject, {
    callback: () => {
      const now = performance.now()
      if (now - last > 500) heartbeats++
      else others++
      last = now
      ping()
    }
  })
  await until('two heartbeats have come', () => heartbeats === 2)
  others = 0
  for (let count = 0; count < 100; count++) t.equal((await app.inject({ url: '/double' })).body, '42')
  t.ok(others < 10, `${others} announcements besides heartbeats, for 100 requests`)
})
