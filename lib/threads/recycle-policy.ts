import type { RecycleOptions } from '../options/schemas.cjs'

/** What a thread has been through since its boot, and whether that is enough. */
export class Wear {
  /** Its heap has been found above the limit. */
  isHeapFull = false
  #requests = 0
  readonly #since = performance.now()
  readonly #limits: RecycleOptions

  constructor (limits: RecycleOptions) {
    this.#limits = limits
  }

  count (): void {
    this.#requests++
  }

  /** Why the thread is to be replaced; undefined if it is not. */
  get reason (): string | undefined {
    // One that has done nothing is no worse than the next one would be.
    if (this.#requests === 0) return undefined
    const { requests = Infinity, heap, age = Infinity } = this.#limits
    if (this.#requests >= requests) return `after ${this.#requests} requests`
    if (this.isHeapFull) return `since its heap is above ${heap} MB`
    if (performance.now() - this.#since >= age) return `since it is older than ${age} ms`
    return undefined
  }
}
