import t from 'tap'
import { filesOf, tellPort } from './layouts-page.js'
import { Project } from './project.js'

t.test('one script in CommonJS, as docs/layouts.md shows it', async (t) => {
  const project = new Project(t, []).install()
  const { 'app.cjs': awaits, 'after.cjs': after } = filesOf('One script in CommonJS')
  project.write('app.cjs', awaits!.replace(/^ {2}await app\.listen.*$/m, `$&${tellPort}`))
  project.write('after.cjs', after!.replace('if (error) throw error', `if (error) throw error;${tellPort}`))
  for (const script of ['app.cjs', 'after.cjs']) {
    await t.test(script, async (t) => {
      const running = project.run(t, [script], { env: { PORT: '0' } })
      t.same(await running.get('/report'), { isWorker: true })
      t.same(await running.get('/ping'), { isWorker: false })
    })
  }
})
