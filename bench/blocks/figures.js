import { median } from '../median.js'

/** How often each figure is taken; the median counts. */
export const rounds = 3
/** Requests at once, to see what becomes of a library's own threads. */
export const atOnce = 4
/** Where in its work a thread is terminated, as shares of the time that it takes on the loop. */
export const moments = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8]
/** A thread that has not ended so long after it was terminated counts as stuck, in ms. */
export const limit = 10_000

/** Of samples with the same names. */
export function medians (samples) {
  return Object.fromEntries(Object.keys(samples[0]).map((name) => [name, median(samples.map((sample) => sample[name]))]))
}
