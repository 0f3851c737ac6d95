// Builds the site in site/built from the Markdown of this repository and the types of lib/, and fails for a link that leads nowhere.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const folder = import.meta.dirname

// VitePress finds its packages from where the pages are.
const pages = ['CHANGELOG.md', 'CONTRIBUTING.md', 'bench/results.md', 'bench/ping-latency.svg', 'bench/loop-time.svg', 'docs', 'examples/shop/README.md']

if (isOlder('node_modules/.package-lock.json', 'package-lock.json')) run('ci')

rmSync(join(folder, 'pages'), { recursive: true, force: true })
copy('README.md', 'index.md')
for (const page of pages) copy(page, page)
run('run', 'build')

function isOlder (made, source) {
  return !existsSync(join(folder, made)) || statSync(join(folder, source)).mtimeMs > statSync(join(folder, made)).mtimeMs
}

function copy (from, to) {
  const target = join(folder, 'pages', to)
  mkdirSync(dirname(target), { recursive: true })
  cpSync(join(folder, '..', from), target, { recursive: true })
}

function run (...command) {
  const { status } = spawnSync('npm', command, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
