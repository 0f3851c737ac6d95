import { judge, showCell, showProcessor, showRange } from './numbers.js'
import { ratiosByVersion } from './ratios-by-version.js'

const ratio = (value) => value.toFixed(3)

export function headingAsText ({ processor, memory, system, load, versions, maxThreads, other }) {
  return `${processor}, ${memory}, ${system}, load before ${load}
${versions.join(', ')}; up to ${maxThreads} threads in each pool

Each contestant is a process of its own, started anew for each round, and asked by another one. Contestants take
turns. A ratio is the median of those of the rounds, ${other === undefined ? 'ours / rival' : `this build / the one in ${other}`}; beside it their range.
`
}

export function comparisonAsText ({ name, title, means, figure, labels = ['ours ', 'rival'], ours, rival, ratio: median, ratioIs, best, spread, ...bounds }) {
  const side = (label, seen) => `  ${label}  ${seen.figure.toFixed(figure.digits).padStart(8)} ${figure.unit}${loadAsText(seen)}`
  return [
    `${name}: ${title}`,
    `  ${means}`,
    side(labels[0], ours),
    side(labels[1], rival),
    `  ratio  ${ratio(median).padStart(8)}${ratioIs === undefined ? '' : ` ${ratioIs}`}, ${judge(bounds)} (${showRange(spread, ratio)}${best === undefined ? '' : `, best rounds ${ratio(best)}`})`,
    ''
  ].join('\n')
}

/** How busy the loop was, and the processor time that a request took, as far as they are known. */
function loadAsText ({ utilization, processor }) {
  return [
    utilization === undefined ? '' : `, loop busy ${Math.round(utilization * 100)} %`,
    processor === undefined ? '' : `, loop + other threads ${showProcessor(processor)} µs of a processor per request`
  ].join('')
}

export function caseAsText ({ name, title, means, tables }) {
  return [`${name}: ${title}`, `  ${means}`, ...tables.flatMap(tableAsText), ''].join('\n')
}

export function ratiosByVersionAsText (runs) {
  return ['ratios by version of Node', ...alignColumns(ratiosByVersion(runs)), ''].join('\n')
}

function tableAsText ({ title, columns, rows }) {
  return alignColumns([[title, ...columns], ...rows.map(({ label, cells }) => [label, ...cells.map((cell) => showCell(cell))])])
}

function alignColumns (lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines.map((line) => `  ${line.map((text, column) => column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column])).join('   ')}`)
}
