import t from 'tap'
import { until } from '../support/until.js'
import { build, lines } from './fixtures/not-pino.js'

t.test('a logger with no more than Fastify demands has children in a worker, and a level', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  t.equal((await app.inject('/child')).body, 'logged')
  const find = (): Record<string, unknown> | undefined => lines.find(({ level }: { level: string }) => level === 'warn')
  await until('the line has come', () => find() !== undefined)
  t.match(find(), { reqId: 'req-1', part: 'a', parts: ['of a child'] })
})
