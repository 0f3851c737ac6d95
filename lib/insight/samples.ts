import { hasOwnCode } from './place.js'
import type { Frame } from './stack.js'
import type { WatchedRequest } from './watched-requests.js'

/** A look at the stack while the loop does not turn. */
export interface Sample {
  /** performance.now() */
  at: number
  /** ms for which the loop has been idle so far. */
  idle: number
  frames: readonly Frame[]
  request: WatchedRequest | undefined
  isBeforeHandler: boolean
}

/** A time in ms, by performance.now(). */
export interface Span {
  start: number
  end: number
}

/** Code that has held the loop, for all of a span in which the loop did not turn, or for a part of it. */
export interface SampledCode {
  span: Span
  /** The sample that shows best where. */
  sample: Sample
  /** ms between the first sample and the last one. In native code both are taken once it has returned. */
  spread: number
}

/**
 * Finds the code that has held the loop for longest: of one request, or of none. Code of several requests may
 * run before the loop turns again, so that two samples of one request are needed: its code alone has run
 * between them. Undefined if there are no such two.
 */
export function findSampledCode (span: Span, samples: readonly Sample[]): SampledCode | undefined {
  let longest: SampledCode | undefined
  for (let first = 0, next = 0; first < samples.length; first = next) {
    for (next = first + 1; next < samples.length && isSameCode(samples[first]!, samples[next]!);) next++
    const run = samples.slice(first, next)
    if (run.length < 2) continue
    const [start, end] = [run[0]!.at, run.at(-1)!.at]
    const own = { start: first === 0 ? span.start : start, end: next === samples.length ? span.end : end }
    if (longest !== undefined && lengthOf(longest.span) >= lengthOf(own)) continue
    longest = { span: own, sample: pickSample(run, own.start), spread: end - start }
  }
  return longest
}

export function lengthOf ({ start, end }: Span): number {
  return end - start
}

/** Whether both samples are of the same request, or, where there is none, of one outermost call. */
function isSameCode (one: Sample, other: Sample): boolean {
  if (one.request !== undefined || other.request !== undefined) return one.request === other.request
  const [first, second] = [one.frames.at(-1), other.frames.at(-1)]
  return first?.file === second?.file && first?.function === second?.function
}

/**
 * Picks the sample before which most time has passed since the one before; among those with code of the app,
 * if there are any. A sample that is asked for during native code is taken after it, perhaps in another
 * function.
 */
function pickSample (samples: readonly Sample[], start: number): Sample {
  let [picked, longest, isOwn] = [samples[0]!, -1, false]
  let before = start
  for (const sample of samples) {
    const time = sample.at - before
    before = sample.at
    const own = hasOwnCode(sample.frames)
    if (isOwn && !own) continue
    if (own !== isOwn || time > longest) [picked, longest, isOwn] = [sample, time, own]
  }
  return picked
}
