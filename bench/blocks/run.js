// npm run bench:blocks -- --only sharp,jose --folder /tmp/blocks: what holds the event loop, and what becomes of it in a worker
// thread. Writes results.json and the table of docs/does-it-block.md. With --page the table alone, from the results that there are.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { answerOf } from './answer.js'
import { readLibraries, versions } from './catalogue.js'
import { install } from './install.js'
import { measure } from './measure.js'
import { addToResults, describe, readResults, writePage, writeResults } from './results.js'

const { values: { only, folder: kept, page } } = parseArgs({
  options: { only: { type: 'string' }, folder: { type: 'string' }, page: { type: 'boolean', default: false } }
})
const libraries = await readLibraries()
if (!page) await measureAll()
writePage(libraries)

async function measureAll () {
  if (process.threadCpuUsage === undefined) throw new Error('process.threadCpuUsage() is needed: Node 24 or later')
  const names = only?.split(',') ?? libraries.map(({ name }) => name)
  const unknown = names.filter((name) => !libraries.some((library) => library.name === name))
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')} cannot be run; these can: ${libraries.map(({ name }) => name).join(', ')}`)

  const about = describe()
  let results = only === undefined ? { about, rows: [], leftOut: [] } : readResults()
  const folder = kept === undefined ? mkdtempSync(join(realpathSync(tmpdir()), 'fastify-blocking-blocks-')) : resolve(kept)
  try {
    for (const library of libraries.filter(({ name }) => names.includes(name))) {
      results = addToResults(results, { about, libraries, names: [library.name], ...await measureLibrary(library, folder) })
      // Each library, since a run takes long.
      writeResults(results)
    }
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

async function measureLibrary (library, folder) {
  const [rows, leftOut] = [[], []]
  let file
  try {
    file = install(library, folder)
  } catch (error) {
    console.log(`${library.name} is left out: ${error.message}\n`)
    return { rows, leftOut: [{ library: library.name, reason: reasonOf(error, folder) }] }
  }
  for (const name of Object.keys(library.cases)) {
    try {
      const { loop, worker, kill: { stderr, ...kill } } = await measure(file, name)
      const row = { library: library.name, name, version: versions[library.packages[0]], loop, worker, kill }
      rows.push(row)
      console.log(`${library.name} ${name}: ${answerOf(row)} ${JSON.stringify(row, (_, value) => typeof value === 'number' ? Math.round(value) : value)}`)
      if (stderr !== undefined) console.log(stderr)
    } catch (error) {
      console.log(`${library.name} ${name} is left out: ${error.message}\n`)
      leftOut.push({ library: library.name, name, reason: reasonOf(error, folder) })
    }
  }
  return { rows, leftOut }
}

/** Its first line, without the folder, which differs from run to run. Read it before it is committed. */
function reasonOf (error, folder) {
  return error.message.split('\n')[0].replaceAll(folder, '.')
}
