/** How often a test may try again where the machine was too slow; the bound is there only so that a failing test ends. */
const attempts = 1_000

/** Tries until there is a result. */
export async function retry<Result> (what: string, attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let count = 0; count < attempts; count++) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new Error(`tried in vain: ${what}`)
}
