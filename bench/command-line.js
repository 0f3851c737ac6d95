import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { against } from './against.js'
import { cases } from './cases.js'
import { comparisons } from './comparisons.js'

const usage = 'usage: npm run bench -- [--only NAME,NAME] [--against FOLDER] [--node VERSION,VERSION] [--rounds N] [--seconds S]'

/**
 * Reads what is to be run, and how. Throws an error for what cannot be run. With `--node`, `versions` are those of Node
 * on which it is run, and `args` are the arguments of each of these runs.
 */
export function readCommandLine (args) {
  const { values: { node, ...values } } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      against: { type: 'string' },
      node: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '3' }
    }
  })
  const versions = node?.split(',')
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  const seconds = Number(values.seconds)
  if (!(rounds === undefined || rounds >= 1) || !(seconds >= 1)) throw new Error(usage)
  if (versions !== undefined && !versions.every((version) => /^\d+(\.\d+){0,2}$/.test(version))) {
    throw new Error(`--node ${node}: versions of Node are expected, such as 22,24.1\n${usage}`)
  }
  const how = { versions, args: Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]), rounds, seconds }
  const { only } = values
  if (values.against !== undefined) {
    const other = findCheckout(values.against)
    const chosen = choose(comparisons.filter(({ comparesBuilds = true }) => comparesBuilds), only, ' with --against')
    return { ...how, comparisons: chosen.map((comparison) => against(other, comparison)), cases: [], other, isFull: false }
  }
  const chosen = choose([...comparisons, ...cases], only)
  const isChosen = (one) => chosen.includes(one)
  return { ...how, comparisons: comparisons.filter(isChosen), cases: cases.filter(isChosen), isFull: only === undefined }
}

/** Those that `only` names; all without it. */
function choose (all, only, mode = '') {
  if (only === undefined) return all
  const names = only.split(',')
  const wrong = names.filter((name) => !all.some((one) => one.name === name))
  if (wrong.length > 0) throw new Error(`${wrong.join(', ')} cannot be run${mode}; these can: ${all.map(({ name }) => name).join(', ')}\n${usage}`)
  return all.filter(({ name }) => names.includes(name))
}

/** The path of a checkout of this repository that is installed and built. */
function findCheckout (folder) {
  const path = resolve(folder)
  const missing = ['bench/contestants', 'node_modules', 'dist/index.js'].filter((part) => !existsSync(join(path, part)))
  if (missing.length > 0) throw new Error(`--against ${folder}: there is no ${missing.join(', ')} in it\n${usage}`)
  return path
}
