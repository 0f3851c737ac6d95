import t from 'tap'
import { buildFunctions } from './fixtures/typed.js'

t.test('a call whose thread ends rejects with a code, and the others go on', async (t) => {
  const app = await buildFunctions({ plugin: { pool: { resourceLimits: { maxOldGenerationSizeMb: 32 } } } })
  t.teardown(() => app.close())
  await app.ready()
  const { exit, exhaustHeap, tell } = app.functions
  const first = await tell()
  const calls = await Promise.allSettled([exit(), tell(), exhaustHeap(), tell()])
  t.match(calls[0], { status: 'rejected', reason: { code: 'FST_BLOCKING_THREAD_LOST', statusCode: 500, message: /^offload exit: .*exited with code 3/, cause: Error, stack: /a-thread-that-ends/ } })
  t.match(calls[1], { status: 'fulfilled' })
  t.match(calls[2], { status: 'rejected', reason: { code: 'FST_BLOCKING_OUT_OF_MEMORY', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } } })
  t.match(calls[3], { status: 'fulfilled' })
  t.not(await tell(), first)
  t.match(app.blocking.stats(), { completed: 4, failed: 2, killed: 0, queue: 0 })
})
