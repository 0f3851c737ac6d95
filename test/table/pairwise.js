/**
 * So few of the cells that whatever two values, of two axes, any of the cells has together, one of these has. Greedy: always the cell with the most pairs that
 * none has yet, the first of several. `factorsOf` gives the values of a cell by name. Of cells and not of axes, as covertable and the like are: those have no cell at all for a pair that only few cells have.
 */
export function choosePairwise (cells, factorsOf) {
  const rest = cells.map((cell) => ({ cell, pairs: pairsOf(factorsOf(cell)) }))
  const missing = new Set(rest.flatMap(({ pairs }) => pairs))
  const chosen = []
  while (missing.size > 0) {
    let best = { count: 0 }
    for (const { cell, pairs } of rest) {
      const count = pairs.filter((pair) => missing.has(pair)).length
      if (count > best.count) best = { count, cell, pairs }
    }
    for (const pair of best.pairs) missing.delete(pair)
    chosen.push(best.cell)
  }
  return chosen
}

function pairsOf (factors) {
  const values = Object.entries(factors).map(([axis, value]) => `${axis}: ${value}`)
  return values.flatMap((value, index) => values.slice(index + 1).map((other) => `${value}, ${other}`))
}
