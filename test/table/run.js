// npm run table -- --only "loop sync, worker generator, alone, the handler throws" --shard 1/4
import { parseArgs } from 'node:util'
import { makeCells, nameOf } from './axes.js'
import { isVoid } from './model.js'
import { cells, pairwise, tryCells } from './table.js'

const { values } = parseArgs({
  options: {
    /** The name of a cell, or a part of it. */
    only: { type: 'string', default: '' },
    shard: { type: 'string', default: '1/1' },
    /** Those that npm test tries. */
    pairwise: { type: 'boolean' },
    /** Lists those that there are not, and why. */
    void: { type: 'boolean' },
    /** ms in which what should come must have come. */
    patience: { type: 'string', default: '30000' }
  }
})
const [shard, shards] = values.shard.split('/').map(Number)
if (!(shard >= 1 && shard <= shards) || !(Number(values.patience) > 0)) {
  console.error('usage: npm run table -- [--only NAME] [--shard 1/4] [--pairwise] [--void] [--patience MS]')
  process.exit(2)
}

const matching = (all) => all.filter((cell) => nameOf(cell) === values.only).concat(all.filter((cell) => nameOf(cell) !== values.only && nameOf(cell).includes(values.only)))

if (values.void) {
  for (const cell of matching(makeCells())) if (isVoid(cell) !== undefined) console.log(`${nameOf(cell)}: ${isVoid(cell)}`)
} else {
  const found = matching(values.pairwise ? pairwise() : cells)
  const chosen = nameOf(found[0] ?? {}) === values.only ? found.slice(0, 1) : found.filter((_cell, index) => index % shards === shard - 1)
  const started = performance.now()
  const red = await tryCells(chosen, { patience: Number(values.patience), tell: console.log })
  console.log(`${chosen.length} of ${cells.length} cells, ${red.length} red, ${Math.round((performance.now() - started) / 1_000)} s`)
  process.exitCode = red.length > 0 || chosen.length === 0 ? 1 : 0
}
