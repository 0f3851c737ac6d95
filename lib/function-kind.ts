import { types } from 'node:util'

/*
 * What kind of function one is. A bound function has the prototype of the one that it was made from, which is all that tells it there.
 */

const asyncFunction: unknown = Object.getPrototypeOf(async function () {})
const generatorFunctions = new Set<unknown>([Object.getPrototypeOf(function * () {}), Object.getPrototypeOf(async function * () {})])
const asyncGeneratorFunction: unknown = Object.getPrototypeOf(async function * () {})

/** An asynchronous generator function is one as well. */
export function isAsyncFunction (run: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(run)
  return types.isAsyncFunction(run) || prototype === asyncFunction || prototype === asyncGeneratorFunction
}

/** Also an asynchronous one. */
export function isGeneratorFunction (run: object): boolean {
  return types.isGeneratorFunction(run) || generatorFunctions.has(Object.getPrototypeOf(run))
}

/** What a generator function gives, also an asynchronous one. */
export function isGenerator (value: unknown): value is Generator | AsyncGenerator {
  return types.isGeneratorObject(value)
}

/** What can be used as a generator. Iterators of the language have no `throw`. */
export function looksLikeGenerator (value: unknown): value is Generator | AsyncGenerator {
  if (typeof value !== 'object' || value === null) return false
  try {
    const { next, throw: raise, return: end } = value as Partial<Generator>
    return typeof next === 'function' && typeof raise === 'function' && typeof end === 'function'
  } catch {
    // A getter, or a proxy, that does not tell.
    return false
  }
}
