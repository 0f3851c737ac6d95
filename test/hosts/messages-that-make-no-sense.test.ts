import t from 'tap'
import { Agent, request } from 'undici'
import { createRandom } from '../support/random.js'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { FalseHost, slots } from './false-host.js'
import { FalseServer } from './false-server.js'
import { addFault, pick } from './frames.js'
import { startHost } from './host-process.js'
import { Recording } from './recording.js'
import { module, startServer } from './server.js'

const seed = 7

const requests = [
  ['GET', '/where'], ['POST', '/echo'], ['GET', '/refused'], ['GET', '/double'], ['GET', '/asks'], ['GET', '/waits'], ['GET', '/logs'],
  ['GET', '/stream?mb=1'], ['GET', '/whole?mb=2'], ['POST', '/upload'], ['GET', '/afterwards?mb=0']
] as const

t.test('messages that make no sense', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  const host = startHost(t, module, url)
  const app = await startServer(t, { servers: url })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const dispatcher = new Agent({ connections: 20 })
  t.teardown(() => dispatcher.destroy())
  const recording = await Recording.start(t, url)

  /** Resolves once the request is answered, or its socket is closed. */
  async function ask ([method, path]: typeof requests[number]): Promise<number | string> {
    const body = path === '/echo' ? JSON.stringify({ text: 'ü', list: [1, { a: null }] }) : Buffer.alloc(300_000, 'x')
    const type = path === '/echo' ? 'application/json' : 'application/octet-stream'
    try {
      const response = await request(origin + path, { dispatcher, method, ...(method === 'POST' && { body, headers: { 'content-type': type } }) })
      await response.body.dump({ limit: Infinity })
      return response.statusCode
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  const isServed = async () => (await app.inject({ url: '/double' })).body === '42'

  for (const one of requests) t.equal(await ask(one), one[1] === '/refused' ? 418 : 200, one[1])
  await recording.complete()
  t.equal(recording.sessions.size, requests.length)

  t.test('from a server do no harm to a worker host', async (t) => {
    const random = createRandom(seed)
    const server = new FalseServer(recording)
    const sessions = [...recording.sessions.values()]
    for (let round = 0; round < 15; round++) {
      server.greet()
      server.synchronize()
      for (let count = 0; count < 20; count++) server.open(addFault(pick(sessions, random).toHost, random))
      for (let count = 0; count < 5; count++) server.confuse(random)
      server.leave()
      t.ok(await isServed(), `round ${round}`)
    }
    t.equal(host.child.exitCode, null)
    await until('all threads are free', () => app.blocking.stats().hosts?.[0]?.free === 1)
  })

  t.test('from a worker host leave no request without its answer', async (t) => {
    const random = createRandom(seed)
    host.kill('SIGTERM')
    await host.exited
    await until('the host is gone', () => app.blocking.stats().hosts!.length === 0)
    const falseHost = new FalseHost(recording, (frames) => addFault(frames, random))
    await falseHost.isKnownTo(app)
    const outcomes = new Map<number | string, number>()
    for (let round = 0; round < 15; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(pick(requests, random))))
      for (const answer of answers) outcomes.set(answer, (outcomes.get(answer) ?? 0) + 1)
      for (let count = 0; count < 5; count++) falseHost.confuse(random)
      await recording.client.flush()
      t.ok(app.blocking.stats().hosts, `round ${round}`)
    }
    t.ok((outcomes.get(500) ?? 0) > 20, `answers with an error: ${JSON.stringify([...outcomes])}`)
    falseHost.change = (frames) => frames
    await until('the host is trusted again', () => app.blocking.stats().hosts?.[0]?.free === slots)
    t.ok(await isServed())
    t.equal(app.blocking.stats().queue, 0)
  })
})
