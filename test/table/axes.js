import { outcomes } from './outcomes.js'
import { places } from './places.js'

/*
 * The conditions that a request meets. A feature that is one more condition is one more entry here; model.js says what changes by it, and app.js
 * or client.js how it comes about.
 */

const ofEachSide = (...kinds) => ['loop', 'worker'].flatMap((side) => kinds.map((kind) => `${side} ${kind}`))

export const axes = {
  handler: ofEachSide('sync', 'async'),
  dependency: ofEachSide('plain', 'generator', 'async generator'),
  place: Object.keys(places),
  outcome: Object.keys(outcomes)
}

/**
 * All of them, those that are void too.
 * @returns {import('./places.js').Cell[]}
 */
export function makeCells () {
  return Object.entries(axes).reduce((cells, [axis, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [axis]: value }))), [{}])
}

export function nameOf (cell) {
  return Object.values(cell).join(', ')
}
