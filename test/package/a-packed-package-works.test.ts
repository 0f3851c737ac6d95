import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { startApp } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const appFixture = fixturesOf(new URL('../app/', import.meta.url).href)

interface Packed { files: Array<{ path: string }> }

/** A folder outside of the repository in which the files that would be published are installed. */
function install (t: Test): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fastify-blocking-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync('node_modules')) {
    if (!name.startsWith('.')) symlinkSync(resolve('node_modules', name), join(modules, name), 'junction')
  }
  const [packed] = JSON.parse(pack()) as [Packed]
  for (const { path } of packed.files) {
    const target = join(modules, 'fastify-blocking', path)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(path, target)
  }
  return folder
}

/** Without the scripts, which would build dist while other tests use it. */
function pack (): string {
  return execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', shell: process.platform === 'win32' })
}

const apps = { 'app.mjs': 'top-level-await.js', 'app.cjs': 'commonjs-main.cjs' }

t.test('the files that are published work with import and with require', async (t) => {
  const folder = install(t)
  writeFileSync(join(folder, 'package.json'), '{}')
  for (const [file, fixture] of Object.entries(apps)) {
    copyFileSync(appFixture(fixture), join(folder, file))
    const app = await startApp(t, [join(folder, file)])
    t.match(await app.get('/blocking'), { isMainThread: false })
    t.match(await app.get('/loop'), { isMainThread: true })
  }
})
