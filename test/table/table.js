import { isDeepStrictEqual } from 'node:util'
import { makeCells, nameOf } from './axes.js'
import { expectOf, isVoid } from './model.js'
import { choosePairwise } from './pairwise.js'
import { play } from './play.js'
import { kindOf, Stands } from './stands.js'

export const cells = makeCells().filter((cell) => isVoid(cell) === undefined)

/** @type {() => import('./places.js').Cell[]} */
export const pairwise = () => choosePairwise(cells, factorsOf)

/** Which sides meet, and whether there is a teardown, counts as one condition more: what is wrong there is rarely wrong for one of the three alone. */
function factorsOf (cell) {
  const { handler, dependency } = cell
  return { ...cell, sides: `${handler.split(' ')[0]} ${dependency.split(' ')[0]} ${dependency.endsWith('plain') ? 'plain' : 'generator'}` }
}

/**
 * Tries them, and gives those that are not as the model says. Those that share an app take turns, and so many apps are beside each other.
 * `patience` in ms: in which what should come must have come. `tell` is called with what is wrong, at once.
 */
export async function tryCells (chosen, { patience = 30_000, together = 4, tell = (_text) => {} } = {}) {
  const stands = new Stands(chosen)
  const red = []
  const queues = groupByStand(chosen)
  const tryQueues = async () => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
      for (const cell of queue) {
        const { expected, seen } = await play(cell, stands, patience).catch((error) => ({ expected: expectOf(cell), seen: error }))
        if (isDeepStrictEqual(seen, expected)) continue
        const wrong = `${nameOf(cell)}\n  expected ${print(expected)}\n  seen     ${seen instanceof Error ? seen.stack : print(seen)}`
        red.push(wrong)
        tell(wrong)
      }
    }
  }
  await Promise.all(Array.from({ length: together }, tryQueues))
  await stands.close()
  return red
}

function print ({ lines, says, background }) {
  return [...lines, `the client is told ${says}`, ...background].join(' | ')
}

function groupByStand (chosen) {
  const queues = new Map()
  for (const cell of chosen) {
    const key = kindOf(cell).key ?? cell.outcome
    queues.set(key, [...queues.get(key) ?? [], cell])
  }
  return [...queues.values()]
}
