import { build } from 'esbuild'
import { join } from 'node:path'
import t from 'tap'
import { fixturesOf } from '../support/fixtures.js'
import { Project } from './project.js'

const fixture = fixturesOf(import.meta.url)
const project = new Project(t, [])

async function compile (folder: string): Promise<string> {
  const outfile = join(folder, 'app.mjs')
  await build({ entryPoints: [fixture('stack.ts')], outfile, format: 'esm', platform: 'node', sourcemap: true, logLevel: 'silent' })
  return outfile
}

const ways: Record<string, { NODE_OPTIONS?: string, options: string[] }> = {
  '--enable-source-maps': { options: ['--enable-source-maps'] },
  'NODE_OPTIONS=--enable-source-maps': { NODE_OPTIONS: '--enable-source-maps', options: [] }
}

for (const [name, { options, ...env }] of Object.entries(ways)) {
  t.test(`with ${name} the stack of an error in a worker points at the line of TypeScript`, async (t) => {
    const running = project.run(t, [...options, await compile(t.testdir())], { env })
    for (const path of ['/blocking', '/loop']) {
      const { stack } = await running.get(path) as { stack: string }
      t.match(stack, /^Error: on purpose\n {4}at fail \(.*stack\.ts:16:9\)\n/, path)
    }
  })
}

t.test('without it points at what runs', async (t) => {
  const running = project.run(t, [await compile(t.testdir())])
  const { stack } = await running.get('/blocking') as { stack: string }
  t.match(stack, /^Error: on purpose\n {4}at fail \(.*app\.mjs:\d+:\d+\)\n/)
})
