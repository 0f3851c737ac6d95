import t from 'tap'
import { fixturesOf } from '../support/fixtures.js'
import { Project } from './project.js'

const script = fixturesOf(new URL('../app/', import.meta.url).href)('bundled-script.js')

const formats = { esm: 'mjs', cjs: 'cjs' }
const externals = ['--external', 'fastify-blocking', '--external', 'piscina']

t.test('rolldown', async (t) => {
  const project = new Project(t, []).install('rolldown@1')
  for (const [format, ending] of Object.entries(formats)) {
    const bundle = ['node_modules/rolldown/bin/cli.mjs', script, '--format', format, '--platform', 'node',
      '--entry-file-names', `app.${ending}`, '--chunk-file-names', `[name].${ending}`, '--dir']

    await t.test(`an app bundled as ${format} is built again in workers if this package and piscina are external`, async (t) => {
      const { code, stderr } = await project.run(t, [...bundle, `${format}-external`, ...externals]).ended
      t.equal(code, 0, stderr)
      const running = project.run(t, [`${format}-external/app.${ending}`])
      t.same(await running.get('/blocking'), { isMainThread: false, four: 4 })
      t.same(await running.get('/loop'), { isMainThread: true, four: 4 })
    })

    await t.test(`an app bundled as ${format} with everything in it fails to boot`, async (t) => {
      const bundled = await project.run(t, [...bundle, `${format}-whole`]).ended
      t.equal(bundled.code, 0, bundled.stderr)
      const { code, stderr } = await project.run(t, [`${format}-whole/app.${ending}`]).ended
      t.not(code, 0)
      t.match(stderr, /FST_BLOCKING_BUNDLED/)
    })
  }
})
