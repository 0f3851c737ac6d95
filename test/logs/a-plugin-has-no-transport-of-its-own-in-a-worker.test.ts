import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'
import plugin from './fixtures/plugin.js'

t.test('the worker of a plugin writes to the transport of the main thread, and has none of its own', async (t) => {
  const threads = new ThreadCount()
  const file = join(t.testdir(), 'log')
  const read = (): Record<string, unknown>[] => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
  const app = Fastify({ pluginTimeout: 100_000, logger: { transport: { target: 'pino/file', options: { destination: file } } } })
  await app.register(plugin)
  await app.ready()
  await app.inject('/log')
  await until('the transport has written it', () => read().some(({ msg }) => msg === 'request completed'))
  t.match(read().filter(({ msg }) => msg === 'from a plugin'), [{ level: 40, user: 'ada', reqId: 'req-1' }])
  t.equal(read().filter(({ msg }) => msg === 'the plugin is loaded').length, 2, 'on each side once')
  t.equal(threads.started, 2, 'the transport, and the worker')
  await app.close()
})
