/** Whether the value is a thenable, for which `await` waits. */
export function isThenable (value: unknown): value is PromiseLike<unknown> {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value && typeof value.then === 'function'
}

/** Resolves when the promise has settled, either way, and after `milliseconds` at the latest. */
export async function settledWithin (milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => { timer = setTimeout(resolve, milliseconds) })
  await Promise.race([promise.then(undefined, () => {}), limit])
  clearTimeout(timer)
}
