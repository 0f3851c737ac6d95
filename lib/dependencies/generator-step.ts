import { isThenable } from '../promises.js'

/**
 * A step of a generator. What one that is not asynchronous yields, or returns, is awaited as an asynchronous one does by
 * itself; but not the reply, which is awaited until it has been sent.
 */
export function awaitYielded (generator: Generator | AsyncGenerator, step: IteratorResult<unknown> | Promise<IteratorResult<unknown>>, reply?: unknown): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
  // Of what is no generator of the language's.
  if (!(step instanceof Promise) && isThenable(step)) return Promise.resolve(step as PromiseLike<IteratorResult<unknown>>)
  if (step instanceof Promise || step.value === reply || !isThenable(step.value)) return step
  return awaitStep(generator as Generator, step)
}

async function awaitStep (generator: Generator, step: IteratorResult<unknown>): Promise<IteratorResult<unknown>> {
  while (true) {
    try {
      return { done: step.done === true, value: await step.value } as IteratorResult<unknown>
    } catch (error) {
      // Where it yields; once it is done this throws.
      step = generator.throw(error)
    }
  }
}
