import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker } from './broker.js'
import { FalseServer } from './false-server.js'
import { startRecorded } from './recorded.js'

interface Announced { at: number, free: number, opened: string }

t.test('a slot that one server frees is announced to others before the next heartbeat', { skip: lacksBroker }, async (t) => {
  const { app, recording } = await startRecorded(t)
  new FalseServer(recording).greet()

  const announced: Announced[] = []
  recording.client.subscribe(recording.capacity!.subject, {
    callback (_error, { data }) {
      const { free, opened } = recording.readCapacity(data)
      announced.push({ at: performance.now(), free, opened: JSON.stringify(opened) })
    }
  })

  /** How long after a heartbeat the end of a request is announced, against the time from there to the next heartbeat. */
  async function compare (): Promise<number> {
    const count = announced.length
    await until('a heartbeat has come', () => announced.length > count)
    const { at: heartbeat, opened: before } = announced.at(-1)!
    const known = announced.length
    await app.inject({ url: '/late?ms=100' })
    const after = () => announced.slice(known).filter(({ free, opened }) => free === 1 && opened !== before)
    await until('its end is announced, and the next heartbeat has come', () => after().length > 1)
    const [end, next] = after() as [Announced, Announced]
    return (end.at - heartbeat) / (next.at - end.at)
  }

  // On a busy machine a heartbeat may be the first to announce it.
  let ratio = Infinity
  for (let tries = 0; tries < 20 && ratio > 0.5; tries++) ratio = await compare()
  t.ok(ratio < 0.5, `${ratio}`)
})
