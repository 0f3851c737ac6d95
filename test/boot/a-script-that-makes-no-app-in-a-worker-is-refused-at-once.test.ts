import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'

const guards: Record<string, [line: number, condition: string, holds: string]> = {
  'main-file-by-path.js': [5, 'process.argv[1]', 'holds in the main file of the process alone'],
  'import-meta-main.js': [4, 'import.meta.main', 'holds in the main file of the process alone'],
  'require-main.cjs': [12, 'require.main', 'holds in the main file of the process alone'],
  'is-main-thread.js': [5, 'isMainThread', 'is false in a worker'],
  'is-main-thread.cjs': [11, 'require(\'node:worker_threads\').isMainThread', 'is false in a worker'],
  'cluster-is-no-primary.js': [5, 'cluster.isPrimary', 'holds in worker threads'],
  'is-no-worker.js': [4, 'isWorker', 'is true in a worker'],
  'with-an-export.js': [12, 'process.argv[1]', 'holds in the main file of the process alone'],
  'registration-alone.js': [6, 'isMainThread', 'is false in a worker']
}

for (const [file, [line, condition, holds]] of Object.entries(guards)) {
  t.test(`${file}: the condition by which a script leaves its app out is named, and what to do`, async (t) => {
    const error = await bootError(await registerFixture(`guarded/${file}`))
    t.equal(error.code, 'FST_BLOCKING_GUARDED_APP')
    t.match(error.message, `guarded/${file}`)
    t.match(error.message, `line ${line} asks for \`${condition}\`, which ${holds}`)
    t.match(error.message, 'app: { module, factory }')
  })
}

t.test('a script that has ended without an app, and has no such condition, is refused too', async (t) => {
  const error = await bootError(await registerFixture('script-without-an-app.js'))
  t.equal(error.code, 'FST_BLOCKING_NOTHING_TO_BUILD')
  t.match(error.message, 'script-without-an-app.js')
})
