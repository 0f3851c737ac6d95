/** Three digits or more, for the eye: 12,345, 12.3, 1.23, 0.012. */
export function showNumber (value) {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A cell of a table, see tables.js; `emphasize` is given its median. */
export function showCell (cell, emphasize = (text) => text) {
  return cell === null ? '–' : `${emphasize(showNumber(cell.median))} (${showRange(cell.range)})`
}

/** '28.1 + 19.3': of the loop, and of all other threads. */
export function showProcessor ({ loop, others }) {
  return `${showNumber(loop)} + ${showNumber(others)}`
}

export function showRange ([least, most], show = showNumber) {
  return `${show(least)}–${show(most)}`
}

/** 'at least 0.99: met'. */
export function judge ({ atLeast, atMost, met }) {
  if (atLeast === undefined && atMost === undefined) return 'no bound'
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${Number(atLeast.toFixed(3))}`
  return `${bound}: ${met ? 'met' : 'MISSED'}`
}
