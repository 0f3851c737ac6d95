import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/*
 * Runs the tests of lifecycle, bodies and dependencies with the executor of bytes: npm run test:bytes.
 */

/** Tests of what needs shared memory, or what only the thread pool does. */
const withoutSharedMemory = {
  'test/dependencies/time-limits.test.ts': 'a synchronous loop reads signal.aborted',
  'test/dependencies/what-was-answered-503-is-not-committed.test.ts': 'a synchronous loop reads signal.aborted, while the app closes'
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const folders = ['lifecycle', 'bodies', 'dependencies']
const all = folders.flatMap((folder) => readdirSync(`${root}test/${folder}`).map((name) => `test/${folder}/${name}`))
const given = process.argv.slice(2)
const files = (given.length > 0 ? given : all).filter((file) => file.endsWith('.test.ts') && !Object.hasOwn(withoutSharedMemory, file))
for (const [file, reason] of Object.entries(withoutSharedMemory)) console.log(`left out: ${file}: ${reason}`)
const tap = spawn('npx', ['tap', '--disable-coverage', '--node-arg=--import=./test/bytes/register.js', ...files], { cwd: root, stdio: 'inherit' })
tap.once('exit', (code) => { process.exitCode = code ?? 1 })
