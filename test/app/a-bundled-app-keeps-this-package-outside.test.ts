import { build, type Format } from 'esbuild'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runToEnd, startApp } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

const outcomes: Record<string, Format> = { 'app.mjs': 'esm', 'app.cjs': 'cjs' }

async function bundle (folder: string, file: string, format: Format, external: string[]): Promise<string> {
  const outfile = join(folder, file)
  await build({
    entryPoints: [fixture('bundled-script.js')],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    external,
    logLevel: 'silent',
    // CommonJS inside of a module wants a require.
    banner: format === 'esm' ? { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' } : {}
  })
  return outfile
}

for (const [file, format] of Object.entries(outcomes)) {
  t.test(`an app bundled as ${format} is built again in workers if this package and piscina are external`, async (t) => {
    const outfile = await bundle(t.testdir(), file, format, ['fastify-blocking', 'piscina'])
    const app = await startApp(t, [outfile])
    t.same(await app.get('/blocking'), { isMainThread: false, four: 4 })
    t.same(await app.get('/loop'), { isMainThread: true, four: 4 })
  })

  t.test(`an app bundled as ${format} with everything in it fails to boot`, async (t) => {
    const folder = t.testdir()
    const outfile = await bundle(folder, file, format, [])
    const { code, stderr } = await runToEnd(t, [outfile])
    t.not(code, 0)
    t.match(stderr, /FST_BLOCKING_BUNDLED/)
    t.match(stderr, /mark fastify-blocking as external/)
    t.notOk(existsSync(join(folder, 'worker')), 'the worker is missing there')
  })
}
