// Before `npm start` and `npm test`: installs and builds what a fresh clone does not have yet.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

if (isOlder('node_modules/.package-lock.json', ['package-lock.json'])) run(['ci'])
if (isOlder('dist/index.js', readdirSync('lib', { recursive: true }).map((file) => `lib/${file}`))) run(['run', 'build'])

function isOlder (made, sources) {
  return !existsSync(made) || sources.some((source) => statSync(source).mtimeMs > statSync(made).mtimeMs)
}

function run (args) {
  const { status } = spawnSync(npm, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
