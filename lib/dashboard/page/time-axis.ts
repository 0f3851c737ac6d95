/** ms that may be shown. */
export const spans = [60_000, 180_000, 600_000]

/** ms between two labels. */
const steps = [5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000]

/** Pixels for one label, at least. */
const labelSpace = 90

/** Returns moments for labels: round ones, as many as there is room for. */
export function findTicks (from: number, to: number, width: number): number[] {
  const step = steps.find((step) => step / (to - from) * width >= labelSpace) ?? to - from
  const first = Math.ceil(from / step) * step
  const ticks: number[] = []
  for (let at = first; at <= to; at += step) ticks.push(at)
  return ticks
}
