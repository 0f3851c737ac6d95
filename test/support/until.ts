import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** ms */
const patience = 300_000

/** Resolves once the condition holds; the bound is there only so that a failing test ends. */
export async function until (what: string, condition: () => boolean): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > patience) throw new Error(`waited in vain until ${what}`)
    await delay(2)
  }
}

export async function untilExists (file: string): Promise<void> {
  await until(`${file} exists`, () => existsSync(file))
}
