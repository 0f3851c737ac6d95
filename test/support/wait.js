import { setTimeout as delay } from 'node:timers/promises'

/** ms; the bound is there only so that an app does not wait for ever for a test that has failed. */
const patience = 300_000

const cell = new Int32Array(new SharedArrayBuffer(4))

/** @param {() => boolean} condition */
export async function waitUntil (condition) {
  const end = performance.now() + patience
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${condition}`)
    await delay(2)
  }
}

/**
 * Holds its thread meanwhile.
 * @param {() => boolean} condition
 */
export function holdUntil (condition) {
  const end = performance.now() + patience
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${condition}`)
    Atomics.wait(cell, 0, 0, 2)
  }
}
