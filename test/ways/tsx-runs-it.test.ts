import t from 'tap'
import { Project, versionOf } from './project.js'

const [major] = process.versions.node.split('.').map(Number)
/** In worker threads of Node 20 tsx does not begin by itself. */
const parameters = major === 20 ? ['--import', './register-tsx.js'] : []

t.test('the command tsx runs an app, and its workers', async (t) => {
  const project = new Project(t, ['typescript.ts', 'register-tsx.js']).install(`tsx@${versionOf('tsx')}`)
  const running = project.run(t, ['node_modules/tsx/dist/cli.mjs', ...parameters, 'typescript.ts'])
  t.same(await running.get('/blocking'), { isWorker: true, colour: 'red' })
  t.same(await running.get('/loop'), { isWorker: false, colour: 'red' })
  running.kill('SIGTERM')
  await running.ended
})
