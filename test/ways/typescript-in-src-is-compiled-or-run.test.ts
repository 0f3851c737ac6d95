import { execFileSync } from 'node:child_process'
import t from 'tap'
import { filesOf } from './layouts-page.js'
import { Project, versionOf } from './project.js'

const [major] = process.versions.node.split('.').map(Number)
/** In worker threads of Node 20 tsx does not begin by itself. */
const registering = major === 20 ? ['--import', './register-tsx.js'] : []

t.test('an app of TypeScript in src', async (t) => {
  const packages = ['close-with-grace', 'typescript', 'tsx', '@types/node'].map((name) => `${name}@${versionOf(name)}`)
  const project = new Project(t, ['register-tsx.js']).install(...packages)
  project.writeAll(filesOf('TypeScript in src'))

  for (const [title, parameters] of [
    ['compiled to dist by tsc', ['--enable-source-maps', 'dist/server.js']],
    ['in development, by tsx', ['node_modules/tsx/dist/cli.mjs', ...registering, 'src/server.ts']]
  ] as const) {
    await t.test(title, async (t) => {
      if (parameters[1] === 'dist/server.js') {
        execFileSync(process.execPath, [project.path('node_modules/typescript/bin/tsc')], { cwd: project.folder, env: {}, stdio: 'inherit' })
      } else project.remove('dist')
      const running = project.run(t, [...parameters], { env: { PORT: '0' } })
      t.same(await running.get('/report'), { isWorker: true, currency: 'EUR' })
      t.same(await running.get('/ping'), { isWorker: false, currency: 'EUR' })
      running.kill('SIGTERM')
      t.equal((await running.ended).code, 0)
    })
  }
})
