import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fillPage } from './page.js'

const file = new URL('results.json', import.meta.url)
const page = new URL('../../docs/does-it-block.md', import.meta.url)

export function readResults () {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Takes the rows of a run in the place of those of the same libraries. */
export function addToResults (old, { about, rows, leftOut, libraries, names }) {
  const isOther = ({ library }) => !names.includes(library) && libraries.some(({ name }) => name === library)
  const kept = { rows: old.rows.filter(isOther), leftOut: old.leftOut.filter(isOther) }
  if (kept.rows.length > 0 && tellMachine(old.about) !== tellMachine(about)) {
    throw new Error(`results.json was measured with ${tellMachine(old.about)}, and this is ${tellMachine(about)}: measure all of it again, without --only`)
  }
  return { about, rows: order([...kept.rows, ...rows]), leftOut: order([...kept.leftOut, ...leftOut]) }
}

export function writeResults (results) {
  const rounded = JSON.stringify(results, (_, value) => typeof value === 'number' ? Math.round(value * 10) / 10 : value, 2)
  writeFileSync(file, `${rounded}\n`)
}

export function writePage (libraries) {
  writeFileSync(page, fillPage(readFileSync(page, 'utf8'), readResults(), libraries))
}

/** What is measured on, with what, and when. */
export function describe () {
  return {
    processor: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    system: `${type()} ${release()}`,
    node: process.versions.node,
    load: loadavg()[0],
    date: new Date().toISOString().slice(0, 10)
  }
}

function tellMachine ({ load, date, ...machine }) {
  return Object.values(machine).join(', ')
}

function order (entries) {
  const key = ({ library, name = '' }) => `${library} ${name}`
  return entries.toSorted((one, other) => key(one) < key(other) ? -1 : 1)
}
