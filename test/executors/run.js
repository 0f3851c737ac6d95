import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * Runs the tests of these folders, or the files it is given, with another executor: npm run test:bytes, npm run test:hosts.
 * The first argument is the folder of that executor; options are tap's.
 */

const common = ['lifecycle', 'bodies', 'dependencies', 'offload', 'streams']
const folders = {
  bytes: common,
  'hosts/executor': [...common, 'logs', 'context', 'errors', 'isolation', 'what-crosses', 'fuzz']
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const [executor, ...given] = process.argv.slice(2)
const list = `test/${executor}/left-out.js`
const { leftOut } = await import(join(root, list))
const options = given.filter((argument) => argument.startsWith('-'))
const files = given.filter((argument) => !argument.startsWith('-'))
const isWhole = files.length === 0
if (isWhole) for (const folder of folders[executor]) files.push(...testsOf(`test/${folder}`))

// Each test file runs in a process of its own, and appends what it leaves out.
const directory = mkdtempSync(join(tmpdir(), 'executors-'))
const record = join(directory, 'left-out')
writeFileSync(record, '')
const imports = ['./test/support/unwatched.js', `./test/${executor}/register.js`, './test/executors/leave-out.js']
const nodeArguments = imports.map((path) => `--node-arg=--import=${path}`)
const tap = spawn('npx', ['tap', '--disable-coverage', ...nodeArguments, ...options, ...files], {
  cwd: root, stdio: 'inherit', env: { ...process.env, LEFT_OUT_LIST: join(root, list), LEFT_OUT_RECORD: record, EXECUTOR: executor }
})
tap.once('exit', (code) => {
  const isRight = reportLeftOut()
  process.exitCode = code === 0 && isRight ? 0 : code || 1
  rmSync(directory, { recursive: true })
})

function testsOf (folder) {
  const names = readdirSync(join(root, folder), { recursive: true })
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`)
}

/** Prints which tests were left out, and why. False if an entry of the list stands for no test, or for several. */
function reportLeftOut () {
  const tests = readFileSync(record, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
  for (const { file, name } of tests) console.log(`left out: ${file}: ${name}: ${leftOut[name]}`)
  let isRight = true
  for (const name of Object.keys(leftOut)) {
    const count = tests.filter((test) => test.name === name).length
    if (count === 1 || (count === 0 && !isWhole)) continue
    console.error(`${list}: ${count === 0 ? 'no test has' : `${count} tests have`} the name: ${name}`)
    isRight = false
  }
  return isRight
}
