import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { Project } from './project.js'

t.test('an app and its packages may be in a folder with spaces and other letters, and be run from elsewhere', async (t) => {
  const project = new Project(t, ['seen.js', 'commonjs.cjs', 'listens.cjs'], 'mon café, 日本 #1 %20 [a] & b').install()
  for (const cwd of [project.folder, tmpdir()]) {
    const running = project.run(t, [project.path('seen.js')], { cwd })
    const same = { cwd, url: pathToFileURL(project.path('seen.js')).href }
    t.match(await running.get('/blocking'), { isWorker: true, ...same })
    t.match(await running.get('/loop'), { isWorker: false, ...same })
    const commonjs = project.run(t, [project.path('listens.cjs')], { cwd })
    t.same(await commonjs.get('/loop'), { isWorker: false })
    t.same(await commonjs.post('/blocking', { a: 1 }), { isWorker: true, body: { a: 1 } })
  }
})
