import { isThenable } from '../promises.js'

/**
 * Returns a step of a generator, its value awaited. An async generator awaits by itself what it yields or
 * returns; for a synchronous one a thenable is awaited here. The reply is passed through: it is a thenable
 * that resolves when the response has been sent.
 */
export function awaitYielded (
  generator: Generator | AsyncGenerator,
  step: IteratorResult<unknown> | Promise<IteratorResult<unknown>>,
  reply?: unknown
): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
  // The step of a generator that is not a native one may be any thenable; make it a promise.
  if (!(step instanceof Promise) && isThenable(step)) {
    return Promise.resolve(step as PromiseLike<IteratorResult<unknown>>)
  }
  if (step instanceof Promise || step.value === reply || !isThenable(step.value)) return step
  return awaitStep(generator as Generator, step)
}

async function awaitStep (
  generator: Generator, step: IteratorResult<unknown>
): Promise<IteratorResult<unknown>> {
  while (true) {
    try {
      return { done: step.done === true, value: await step.value } as IteratorResult<unknown>
    } catch (error) {
      // Throws the rejection into the generator at its yield. A generator that is done throws it back.
      step = generator.throw(error)
    }
  }
}
