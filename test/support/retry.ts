/** ms; the bound is there only so that a failing test ends. */
const patience = 300_000

/** Tries again, where the machine was too slow, until there is a result. */
export async function retry<Result> (what: string, attempt: () => Promise<Result | undefined>): Promise<Result> {
  const start = performance.now()
  while (performance.now() - start <= patience) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new Error(`tried in vain: ${what}`)
}

/** Does something again and again until the condition holds. */
export async function repeatUntil (what: string, condition: () => boolean, action: () => Promise<unknown>): Promise<void> {
  if (condition()) return
  await retry(what, async () => {
    await action()
    return condition() || undefined
  })
}
