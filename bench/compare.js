import { takeTurns } from './turns.js'

/** Ours against the rival: the ratio that the comparison's means gives, and whether it keeps the bound. */
export async function compare (comparison, options) {
  const { take = takeTurns } = comparison
  const result = await take(comparison, options)
  const { ratio } = result
  const { atLeast = 0, atMost = Infinity } = comparison
  return { ...comparison, ...result, met: ratio >= atLeast && ratio <= atMost }
}
