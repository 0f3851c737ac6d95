import type { Plan } from '../dependencies/plan.js'
import type { Stall } from './stall-detector.js'

/** The part of a request that holds the loop. */
export type HeldPart =
  { kind: 'handler' | 'hook' | 'outside' } |
  /** `label`: by which names it was asked for, such as "account.user". */
  { kind: 'dependency', label: string }

/** Finds the part by the functions on the stack. `plan` is undefined for a route without dependencies. */
export function findPart ({ handled, isBeforeHandler, frames }: Stall, plan: Plan | undefined): HeldPart {
  if (handled === undefined) return { kind: 'outside' }
  const names = new Set(frames.map((frame) => frame.function))
  const dependency = plan?.nodes.find(({ side, dependency: { name, hook } }) =>
    side === 'loop' && name !== '' && names.has(name) && (!isBeforeHandler || hook !== 'handler'))
  if (dependency !== undefined) return { kind: 'dependency', label: dependency.label }
  if (isBeforeHandler) return { kind: 'hook' }
  return { kind: plan?.handler === 'worker' ? 'hook' : 'handler' }
}
