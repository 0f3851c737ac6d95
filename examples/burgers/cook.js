/**
 * Computes: a number of rounds, not a time, so that it takes longer where threads share a processor.
 * @param {number} rounds
 */
export function cook (rounds) {
  let hash = 1
  for (let round = 0; round < rounds; round++) hash = Math.imul(hash ^ round, 0x9e3779b1) ^ (hash >>> 15)
  return hash
}

/** How many rounds one processor of this machine computes in a ms: the best of several tries. */
export function measureSpeed () {
  const rounds = 2_000_000
  cook(rounds) // compiles it
  let shortest = Infinity
  for (let attempt = 0; attempt < 5; attempt++) {
    const began = now()
    cook(rounds)
    shortest = Math.min(shortest, now() - began)
  }
  return rounds / shortest
}

/** ms on a clock that all threads of the process share. */
export function now () {
  return Number(process.hrtime.bigint()) / 1e6
}
