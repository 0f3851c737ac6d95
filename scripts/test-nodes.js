// Runs the tests named by its arguments, or else those of how workers build an app and of how people run one, on other
// versions of Node.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installNode } from './node-binaries.js'

const versions = [20, 22, 24, 26]
const named = process.argv.slice(2)
const tests = named.length > 0 ? named : ['test/app', 'test/boot', 'test/package', 'test/ways']
const tap = fileURLToPath(new URL('../node_modules/tap/dist/esm/run.mjs', import.meta.url))

const failed = versions.filter((version) => {
  const node = installNode(version)
  run(node, ['--version'])
  // With what foreign packages take to be installed.
  return !run(node, [tap, ...tests, '--disable-coverage', '--reporter=terse', '--timeout=600'])
})
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(', ')}`)
  process.exitCode = 1
}

function run (command, parameters) {
  return spawnSync(command, parameters, { stdio: 'inherit' }).status === 0
}
