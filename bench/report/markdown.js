import { judge, showCell, showProcessor, showRange } from './numbers.js'
import { ratiosByVersion } from './ratios-by-version.js'

const ratio = (value) => value.toFixed(3)

/** The whole of results.md: of one run, and the ratios of all runs if there were several, each on another version of Node. */
export function reportAsMarkdown ({ about, minutes, comparisons, cases, plots }, runs) {
  const { processor, memory, system, load, date, versions, maxThreads, rounds, seconds } = about
  const missed = comparisons.filter(({ met }) => !met).map(({ name }) => `\`${name}\``)
  return `# Results

Written by \`npm run bench\` on ${date}, in ${minutes} minutes, with ${rounds === undefined ? 'the rounds that stand with each' : `${rounds} round${rounds === 1 ? '' : 's'} of each`} and
turns of ${seconds} s where a turn has a length in time. What each is and how it is taken stands in [docs/benchmarks.md](../docs/benchmarks.md).

- ${processor}, ${memory} of memory, ${system}, load before ${load}; up to ${maxThreads} threads in each pool
- ${versions.join(', ')}

## Ratios

Ours / rival, the median of the rounds of one run. On the right is the processor time of a request, that of the loop + that of the
server's other threads. ${missed.length === 0 ? 'Each keeps its bound.' : `Missed: ${missed.join(', ')}.`}

${tableAsMarkdown(['', 'ours against rival', 'ours', 'rival', 'unit', 'ratio', 'range', 'bound', 'ours, µs', 'rival, µs'], comparisons.map(comparisonAsCells), 2)}

${comparisons.map(({ name, means }) => `- \`${name}\`: ${means}`).join('\n')}
${runs.length > 1 ? versionsAsMarkdown(runs) : ''}${plots.map(({ file, title }) => `\n![${title}](${file})\n`).join('')}${cases.map(caseAsMarkdown).join('')}`
}

function comparisonAsCells ({ name, title, figure, ours, rival, ratio: median, spread, ...bounds }) {
  const sides = [ours, rival].map(({ figure: value }) => value.toFixed(figure.digits))
  return [`\`${name}\``, title, ...sides, figure.unit, ratio(median), showRange(spread, ratio), judge(bounds), ...[ours, rival].map(({ processor }) => processor === undefined ? '' : showProcessor(processor))]
}

function versionsAsMarkdown (runs) {
  const [head, ...rows] = ratiosByVersion(runs)
  return `
## Ratios by version of Node

${tableAsMarkdown(head, rows.map(([name, ...cells]) => [`\`${name}\``, ...cells]))}
`
}

function caseAsMarkdown ({ name, title, means, tables }) {
  return `
## \`${name}\`: ${title}

${means}
${tables.map(({ title, columns, rows }) => `
${tableAsMarkdown([title, ...columns], rows.map(({ label, cells }) => [label, ...cells.map((cell) => showCell(cell, (median) => `**${median}**`))]))}
`).join('')}`
}

/** Numbers stand to the right, but what is said in the first columns to the left. */
function tableAsMarkdown (head, rows, said = 1) {
  return [head, head.map((_, column) => column < said ? '---' : '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
