import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { FalseServer } from './false-server.js'
import { readNow } from './frames.js'
import { startHost } from './host-process.js'
import { Recording } from './recording.js'
import { module, startServer } from './server.js'

t.test('a worker host', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  startHost(t, module, url)
  const app = await startServer(t, { servers: url })
  const recording = await Recording.start(t, url)
  const file = join(t.testdir(), 'journal')
  const read = () => existsSync(file) ? readFileSync(file, 'utf8') : ''
  t.equal((await app.inject({ url: `/begins?file=${encodeURIComponent(file)}` })).statusCode, 200)
  await recording.complete()
  const [session] = [...recording.sessions.values()]
  const server = new FalseServer(recording)

  const isRefused = async (number: number) => {
    await until('the host has answered', () => server.received.has(number))
    return server.received.get(number)![0] === 'busy'
  }

  t.test('begins nothing of a server whose first ping was held up together with what it opens', async (t) => {
    const sentAt = readNow() - 5_000
    server.greet()
    server.ping(sentAt)
    t.ok(await isRefused(server.open(session!.toHost, sentAt)))
    t.equal(read(), 'begun ended ')
  })

  t.test('begins nothing that was held up, however many pings were held up together with it', async (t) => {
    const sentAt = readNow() - 5_000
    server.greet()
    server.ping(sentAt)
    // The round trip of the ping ends when this one is answered.
    server.ping(readNow(), { at: sentAt, roundTrip: 5_001 })
    t.ok(await isRefused(server.open(session!.toHost, sentAt)))
    t.equal(read(), 'begun ended ')
  })

  t.test('begins what comes at once, as soon as it knows the round trip of a ping', async (t) => {
    server.greet()
    server.synchronize()
    t.notOk(await isRefused(server.open(session!.toHost)))
    await until('the handler has ended', () => read() === 'begun ended begun ended ')
    server.leave()
  })
})
