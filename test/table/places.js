/**
 * Where the dependency that a cell is about stands, `it`: contexts, the outermost first, and the route. Each needs the one before it, and those of
 * an inner context come after those of an outer one. `own` is another generator on its side, `other` one on the other side.
 */
export const places = {
  alone: [['it']],
  'after its own side': [['own', 'it']],
  'after the other side': [['other', 'it']],
  'after both sides': [['own', 'other', 'it']],
  'before the other side': [['it', 'other']],
  'before both sides': [['it', 'other', 'own']],
  'between the other side': [['other', 'it', 'other']],
  'in an outer context': [['it'], ['other']],
  'in nested contexts': [['other'], ['it'], ['own']]
}

const opposite = { loop: 'worker', worker: 'loop' }

/**
 * @typedef {{ handler: string, dependency: string, place: string, outcome: string }} Cell
 * @typedef {{ name: string, level: number, side: string, kind: string }} Node
 */

/**
 * Side and kind of the handler, and of each dependency in the order in which they begin, with the context that gives it.
 * @param {Omit<Cell, 'outcome'>} cell
 * @returns {{ handler: { side: string, kind: string }, nodes: Node[], depth: number }}
 */
export function shapeOf ({ handler, dependency, place }) {
  const it = split(dependency)
  const nodes = places[place].flatMap((roles, level) => roles.map((role) => ({ role, level }))).map(({ role, level }, index) => {
    if (role === 'it') return { name: 'it', level, ...it }
    return { name: `${role}${index}`, level, side: role === 'own' ? it.side : opposite[it.side], kind: 'generator' }
  })
  return { handler: split(handler), nodes, depth: places[place].length }
}

function split (text) {
  const [, side, kind] = /^(\w+) (.+)$/.exec(text)
  return { side, kind }
}

/**
 * As dependencies/make-plan.ts counts: even phases are on the loop, odd ones in the worker. Of each dependency, and of the handler, which is the last.
 * @param {Pick<ReturnType<typeof shapeOf>, 'handler' | 'nodes'>} shape
 */
export function phasesOf ({ nodes, handler }) {
  let phase = 0
  return [...nodes, handler].map(({ side }) => {
    if ((phase % 2 === 1) !== (side === 'worker')) phase++
    return phase
  })
}

/**
 * Whether a dependency asks for background work. A plain one in a worker does not if the handler is on the loop: it would hold the visit, which ends before
 * the handler otherwise.
 * @param {Node} node
 * @param {{ side: string }} handler
 */
export function asks ({ side, kind }, handler) {
  return side === 'loop' || handler.side === 'worker' || kind !== 'plain'
}
