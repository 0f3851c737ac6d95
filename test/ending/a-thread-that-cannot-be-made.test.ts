import t from 'tap'
import { bootError, pool, registerFixture } from '../support/boot.js'

t.test('is an error of ready(), and close() works after it', async (t) => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => { unhandled.push(error) }
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const app = await registerFixture('registers-only.js', { pool: { ...pool, maxThreads: 2, minThreads: 2, execArgv: ['--max-old-space-size=100'] } })
  const error = await bootError(app)
  t.match(error, { code: 'FST_BLOCKING_BOOT_FAILED', cause: { code: 'ERR_WORKER_INVALID_EXEC_ARGV' } })
  await new Promise(setImmediate)
  t.same(unhandled, [])
  t.match(app.blocking.stats().threads, { starting: 0, live: 0, retired: 0, exiting: 0 })
})
