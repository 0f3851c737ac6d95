import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import t from 'tap'
import { build } from './fixtures/contexts.js'

for (const fake of [false, true]) {
  t.test(`overrideDependency: a blocking dependency runs in the worker, ${fake ? 'as its fake' : 'as itself'}`, async (t) => {
    const app = await build({ journal: join(t.testdir(), 'journal'), fake })
    t.teardown(() => app.close())
    await app.ready()
    for (const handler of ['blocking', 'loop']) {
      const { account } = (await app.inject(`/account/${handler}`)).json() as { account: { is: string, threadId: number, isWorker: boolean } }
      t.match(account, { is: fake ? 'fake' : 'real', isWorker: true })
      t.not(account.threadId, threadId)
    }
  })
}
