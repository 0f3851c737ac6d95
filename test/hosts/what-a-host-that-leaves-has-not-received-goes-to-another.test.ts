import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { FalseHost } from './false-host.js'
import { startHost } from './host-process.js'
import { Recording } from './recording.js'
import { module, startServer } from './server.js'

t.test('of two requests on a worker host that leaves', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  const host = startHost(t, module, url)
  const app = await startServer(t, { servers: url })
  const recording = await Recording.start(t, url)
  t.equal((await app.inject({ url: '/where' })).statusCode, 200)
  await recording.complete()
  host.kill('SIGTERM')
  await host.exited
  await until('the host is gone', () => app.blocking.stats().hosts!.length === 0)
  const falseHost = new FalseHost(recording, () => [])
  await falseHost.isKnownTo(app)

  const begun = app.inject({ url: '/where' })
  await until('the host has the first one', () => falseHost.opened.length === 1)
  const unreceived = app.inject({ url: '/where' })
  await until('the second one is sent', () => falseHost.opened.length === 2)
  falseHost.leave(falseHost.opened[0]!)
  const answer = await begun
  t.equal(answer.statusCode, 503, 'the host may have begun the first one')
  t.match(answer.json(), { code: 'FST_BLOCKING_HOST_LOST' })
  const other = startHost(t, module, url)
  t.equal((await unreceived).json<{ process: number }>().process, other.child.pid, 'the second one goes to another host')
})
