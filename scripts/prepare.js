// Before `npm test` and others: installs and builds what a fresh clone does not have yet. With the argument `examples`,
// before `npm start`: only what the examples need.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const isWhole = Object.keys(devDependencies).every((name) => existsSync(`node_modules/${name}`))
const isForExamples = process.argv[2] === 'examples'

if (isOlder('node_modules/.package-lock.json', ['package-lock.json']) || (!isWhole && !isForExamples)) {
  // The dependencies of the workspace examples/packages are not omitted.
  run(isForExamples && !isWhole ? ['ci', '--omit=dev'] : ['ci'])
}
if (isOlder('dist/index.js', readdirSync('lib', { recursive: true }).map((file) => `lib/${file}`))) run(['run', 'build'])

function isOlder (made, sources) {
  return !existsSync(made) || sources.some((source) => statSync(source).mtimeMs > statSync(made).mtimeMs)
}

function run (args) {
  const { status } = spawnSync(npm, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    // The install script of onnxruntime-node would download what it needs for GPUs.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  })
  if (status !== 0) process.exit(status ?? 1)
}
