/** Resolves when the promise has settled, at the latest after so many ms. */
export async function within (milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => { timer = setTimeout(resolve, milliseconds) })
  await Promise.race([promise.then(undefined, () => {}), limit])
  clearTimeout(timer)
}
