import { takeTurns } from './turns.js'

const node = Number.parseInt(process.versions.node, 10)

/**
 * Ours against the rival: the ratio that the comparison's means gives, and whether it keeps the bound. A bound counts up
 * to the version of Node that `boundUntil` names.
 */
export async function compare (comparison, options) {
  const { take = takeTurns, atLeast, atMost, boundUntil = Infinity, ...rest } = comparison
  const result = await take(comparison, options)
  const bounds = node <= boundUntil ? { atLeast, atMost } : {}
  return { ...rest, ...bounds, ...result, met: keeps(result.ratio, bounds) }
}

function keeps (ratio, { atLeast = 0, atMost = Infinity }) {
  return ratio >= atLeast && ratio <= atMost
}
