import { fork } from 'node:child_process'
import { installNode } from '../scripts/node-binaries.js'
import { answer } from './processes.js'

/** Takes what the arguments choose once on each version of Node, one after the other. */
export async function measureOn (versions, args) {
  // All of them before anything is measured: a version may not exist.
  const binaries = versions.map(installNode)
  const runs = []
  for (const execPath of binaries) {
    // The servers, and what asks them, are forks of this process, and so run on the same version.
    const child = fork(new URL('run-version.js', import.meta.url), args, { execPath })
    runs.push(await answer(child))
    child.disconnect()
  }
  return runs
}

/** The run on the newest of the versions with long-term support; on the newest of all if none has it. */
export function headlineOf (runs) {
  const supported = runs.filter(({ about }) => about.node.isLts)
  const candidates = supported.length > 0 ? supported : runs
  return candidates.toSorted((a, b) => majorOf(b) - majorOf(a))[0]
}

function majorOf ({ about }) {
  return Number.parseInt(about.node.version, 10)
}
