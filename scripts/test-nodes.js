// Runs the tests named by its arguments, or else those of how workers build an app and of how people run one, on other
// versions of Node. Their binaries come from npm's package `node`, and stay in a folder beside the system's other
// temporary files.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const versions = [20, 22, 24, 26]
const named = process.argv.slice(2)
const tests = named.length > 0 ? named : ['test/app', 'test/boot', 'test/package', 'test/ways']
const tap = fileURLToPath(new URL('../node_modules/tap/dist/esm/run.mjs', import.meta.url))
const isWindows = process.platform === 'win32'

const failed = versions.filter((version) => {
  const node = install(version)
  run(node, ['--version'])
  // With what foreign packages take to be installed.
  return !run(node, [tap, ...tests, '--disable-coverage', '--reporter=terse', '--timeout=600'])
})
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(', ')}`)
  process.exitCode = 1
}

function install (version) {
  const folder = join(tmpdir(), 'fastify-blocking-nodes', String(version))
  const node = join(folder, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node')
  if (existsSync(node)) return node
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  if (!run(isWindows ? 'npm.cmd' : 'npm', ['install', '--no-save', `node@${version}`], { cwd: folder, shell: isWindows })) process.exit(1)
  return node
}

function run (command, parameters, options = {}) {
  return spawnSync(command, parameters, { stdio: 'inherit', ...options }).status === 0
}
