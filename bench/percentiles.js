/** What share of the samples is at most how much: { p50, p90, p99, p999 }. */
export function percentilesOf (samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) }
}
