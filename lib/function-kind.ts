import { types } from 'node:util'

/*
 * Tells the kind of a function. A bound function has the prototype of the function that it was made from, and
 * nothing else tells its kind.
 */

const asyncFunction: unknown = Object.getPrototypeOf(async function () {})
const generatorFunctions = new Set<unknown>([
  Object.getPrototypeOf(function * () {}), Object.getPrototypeOf(async function * () {})
])
const asyncGeneratorFunction: unknown = Object.getPrototypeOf(async function * () {})

/** Whether the function is async; an async generator function is, too. */
export function isAsyncFunction (run: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(run)
  return types.isAsyncFunction(run) || prototype === asyncFunction || prototype === asyncGeneratorFunction
}

/** Whether the function is a generator function, async or not. */
export function isGeneratorFunction (run: object): boolean {
  return types.isGeneratorFunction(run) || generatorFunctions.has(Object.getPrototypeOf(run))
}

/** Whether the value is a native generator, async or not. */
export function isGenerator (value: unknown): value is Generator | AsyncGenerator {
  return types.isGeneratorObject(value)
}

/** Whether the value has the methods of a generator. Native iterators that are none have no `throw`. */
export function looksLikeGenerator (value: unknown): value is Generator | AsyncGenerator {
  if (typeof value !== 'object' || value === null) return false
  try {
    const { next, throw: raise, return: end } = value as Partial<Generator>
    return typeof next === 'function' && typeof raise === 'function' && typeof end === 'function'
  } catch {
    // A getter, or a proxy, that throws.
    return false
  }
}
