import { judge, showNumber, showRange } from './numbers.js'

const ratio = (value) => value.toFixed(3)

/** The whole of results.md. */
export function reportAsMarkdown ({ about, minutes, comparisons, cases, plots }) {
  const { processor, memory, system, load, date, versions, maxThreads, rounds, seconds } = about
  const missed = comparisons.filter(({ met }) => !met).map(({ name }) => `\`${name}\``)
  return `# Results

Written by \`npm run bench\` on ${date}, in ${minutes} minutes, with ${rounds === undefined ? 'the rounds that stand with each' : `${rounds} round${rounds === 1 ? '' : 's'} of each`} and
turns of ${seconds} s where a turn has a length in time. What each is and how it is taken stands in [docs/benchmarks.md](../docs/benchmarks.md).

- ${processor}, ${memory} of memory, ${system}, load before ${load}; up to ${maxThreads} threads in each pool
- ${versions.join(', ')}

## Ratios

Ours / rival, the median of the rounds of one run. ${missed.length === 0 ? 'Each keeps its bound.' : `Missed: ${missed.join(', ')}.`}

${tableAsMarkdown(['', 'ours against rival', 'ours', 'rival', 'unit', 'ratio', 'range', 'bound'], comparisons.map(comparisonAsCells), 2)}

${comparisons.map(({ name, means }) => `- \`${name}\`: ${means}`).join('\n')}
${plots.map(({ file, title }) => `\n![${title}](${file})\n`).join('')}${cases.map(caseAsMarkdown).join('')}`
}

function comparisonAsCells ({ name, title, figure, ours, rival, ratio: median, spread, ...bounds }) {
  const sides = [ours, rival].map(({ figure: value }) => value.toFixed(figure.digits))
  return [`\`${name}\``, title, ...sides, figure.unit, ratio(median), showRange(spread, ratio), judge(bounds)]
}

function caseAsMarkdown ({ name, title, means, tables }) {
  return `
## \`${name}\`: ${title}

${means}
${tables.map(({ title, columns, rows }) => `
${tableAsMarkdown([title, ...columns], rows.map(({ label, cells }) => [label, ...cells.map(({ median, range }) => `**${showNumber(median)}** (${showRange(range)})`)]))}
`).join('')}`
}

/** Numbers stand to the right, but what is said in the first columns to the left. */
function tableAsMarkdown (head, rows, said = 1) {
  return [head, head.map((_, column) => column < said ? '---' : '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
