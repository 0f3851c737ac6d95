import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

interface Line { msg: string, reqId?: number }

t.test('a worker host logs for a request that is over, whose id is a number', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  startHost(t, module, url)
  const lines: Line[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line) as Line) } }
  const app = await startServer(t, { servers: url, logger: { stream }, genReqId: () => 7 })
  t.equal((await app.inject({ url: '/logs-later' })).body, 'logged')
  await until('the line is there', () => lines.some(({ msg }) => msg === 'a line after the answer'))
  t.equal(lines.find(({ msg }) => msg === 'a line after the answer')!.reqId, 7)
})
