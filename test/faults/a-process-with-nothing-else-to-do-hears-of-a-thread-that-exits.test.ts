import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

t.test('a request whose thread exits is answered where nothing else keeps the process', async (t) => {
  const { code, stdout, stderr } = await runToEnd(t, [fixturesOf(import.meta.url)('../apps/exits-with-nothing-else-to-do.js')])
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'FST_BLOCKING_THREAD_LOST\n'.repeat(5), stderr: '' })
})
