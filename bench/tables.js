import { median } from './median.js'

/**
 * A table as data: `columns` and `rows` with a label each, and a cell for each of both, from its samples: their median and
 * range; null where a sample is not known.
 */
export function tabulate (title, columns, rows, samplesOf) {
  return {
    title,
    columns: columns.map(({ label }) => label),
    rows: rows.map(({ label }, row) => ({ label, cells: columns.map((_, column) => summarize(samplesOf(row, column))) }))
  }
}

function summarize (samples) {
  if (samples.some(Number.isNaN)) return null
  return { median: median(samples), range: [Math.min(...samples), Math.max(...samples)] }
}
