/** ms */
const patience = 300_000

/** Does something again and again until the condition holds; the bound is there only so that a failing test ends. */
export async function repeatUntil (what: string, condition: () => boolean, action: () => Promise<unknown>): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > patience) throw new Error(`repeated in vain until ${what}`)
    await action()
  }
}
