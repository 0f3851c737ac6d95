import Fastify from 'fastify'
import t from 'tap'
import { beginWorkers } from '../../dist/loop/workers.js'
import { readOptions } from '../../dist/options/settings.js'
import { fixturesOf } from '../support/fixtures.js'
import { until } from '../support/until.js'

const fixture = fixturesOf(import.meta.url)

t.test('calls that a worker makes before the main thread has loaded the loop\'s side are kept', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => { lines.push(line) } }
  const app = { module: fixture('calls-early.js'), factory: 'build' }
  const workers = beginWorkers(Fastify({ logger: { stream } }), readOptions({ app, pool: { maxThreads: 1, execArgv: [], env: {} } }), {})
  t.teardown(() => workers.executor.close())
  await until('the worker has called', () => lines.some((line) => line.includes('"called"')))
  const called: unknown[] = []
  workers.onCall(({ call }) => called.push(call.type === 'loopCall' && call.name))
  t.same(called, ['double'])
})
