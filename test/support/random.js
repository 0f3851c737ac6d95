import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Returns a function that gives numbers from 0 to 1. */
export function createRandom (seed) {
  const generator = xoroshiro128plus(seed)
  const random = () => uniformFloat64(generator)
  // Its first numbers hardly depend on the seed: all would begin with the same.
  for (let skipped = 0; skipped < 8; skipped++) random()
  return random
}

/** `choices` have a weight each. */
export function choose (choices, random) {
  let at = random() * choices.reduce((sum, { weight }) => sum + weight, 0)
  for (const choice of choices) {
    at -= choice.weight
    if (at < 0) return choice
  }
  return choices[0]
}
