import { AsyncResource } from 'node:async_hooks'
import type { Test } from 'tap'
import { until } from './until.js'

/** ms that no limit has by default. */
export const held = 54_321

// Above that, timers fire at once.
const longest = 2 ** 31 - 1

/**
 * Timers of this thread that are `held` ms long run out when the test says, and not before. So a time limit waits for what
 * has to happen within it, on however slow a machine.
 */
export class HeldTimers {
  readonly #callbacks = new Map<NodeJS.Timeout, () => void>()

  constructor (t: Test) {
    const { setTimeout, clearTimeout } = globalThis
    const hold = (callback: (...parameters: unknown[]) => void, delay?: number, ...parameters: unknown[]): NodeJS.Timeout => {
      if (delay !== held) return setTimeout(callback, delay, ...parameters)
      const timer = setTimeout(() => {}, longest)
      this.#callbacks.set(timer, AsyncResource.bind(() => callback(...parameters)))
      return timer
    }
    const clear: typeof clearTimeout = (timer) => {
      this.#callbacks.delete(timer as NodeJS.Timeout)
      clearTimeout(timer)
    }
    Object.assign(globalThis, { setTimeout: Object.defineProperties(hold, Object.getOwnPropertyDescriptors(setTimeout)), clearTimeout: clear })
    t.teardown(() => {
      for (const timer of this.#callbacks.keys()) clearTimeout(timer)
      Object.assign(globalThis, { setTimeout, clearTimeout })
    })
  }

  /** How many there are. */
  get count (): number {
    return this.#callbacks.size
  }

  /** Waits until there is one, and lets those that are there run out, in the order in which they were made. */
  async runOut (): Promise<void> {
    await until('a timer runs', () => this.count > 0)
    for (const [timer, callback] of [...this.#callbacks]) {
      if (!this.#callbacks.has(timer)) continue
      globalThis.clearTimeout(timer)
      callback()
      // As Node does between two.
      await new Promise((resolve) => { process.nextTick(resolve) })
    }
  }
}
