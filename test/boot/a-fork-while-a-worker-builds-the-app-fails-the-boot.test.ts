import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { build } from './fixtures/forking/forks-others.js'

const forks: Record<string, string> = {
  'by-cluster.js': 'cluster.fork()',
  'by-named-import.js': 'cluster.fork()',
  'by-cluster.cjs': 'cluster.fork()',
  'by-main-not-awaited.js': 'cluster.fork()',
  'by-main-file.js': 'child_process.fork()',
  'by-own-file.js': 'child_process.fork()'
}

for (const [file, what] of Object.entries(forks)) {
  t.test(`${file}: nothing is forked, and ready() fails with what to do`, async (t) => {
    const error = await bootError(await registerFixture(`forking/${file}`))
    t.equal(error.code, 'FST_BLOCKING_FORK_IN_WORKER')
    t.match(error.message, file)
    t.match(error.message, `called ${what}`)
    t.match(error.message, 'isMainThread')
  })
}

t.test('other files may be forked while the app is built, and any file afterwards', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.same((await app.inject('/')).json(), { atBoot: 3, inHandler: 4 })
})
