import { judge, showRange } from './numbers.js'

const ratio = (value) => value.toFixed(3)

/** The ratios of runs on several versions of Node as lines of cells, of which the first is the head. */
export function ratiosByVersion (runs) {
  const byVersion = runs.map(({ comparisons }) => new Map(comparisons.map((comparison) => [comparison.name, comparison])))
  const names = new Set(byVersion.flatMap((comparisons) => [...comparisons.keys()]))
  return [
    ['', ...runs.map(({ about }) => `Node ${about.node.version}`)],
    ...[...names].map((name) => [name, ...byVersion.map((comparisons) => showRatio(comparisons.get(name)))])
  ]
}

/** '1.33 (1.2–1.4), at least 1.3: met'; a comparison may have been left out on a version. */
function showRatio (comparison) {
  if (comparison === undefined) return '–'
  const { ratio: median, spread } = comparison
  return `${ratio(median)} (${showRange(spread, ratio)}), ${judge(comparison)}`
}
