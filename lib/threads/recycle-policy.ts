import type { RecycleOptions } from '../options/schemas.cjs'

/**
 * Counts what option recycle limits, since the boot of a thread, and tells when the thread is to be replaced.
 */
export class RecyclePolicy {
  /** Its heap has been found above the limit. */
  isHeapFull = false
  #requests = 0
  readonly #bootedAt = performance.now()
  readonly #limits: RecycleOptions

  constructor (limits: RecycleOptions) {
    this.#limits = limits
  }

  countRequest (): void {
    this.#requests++
  }

  /** Why the thread is to be replaced; undefined if it is not. */
  get reason (): string | undefined {
    // One that has done nothing is no worse than the next one would be.
    if (this.#requests === 0) return undefined
    const { requests = Infinity, heap, age = Infinity } = this.#limits
    if (this.#requests >= requests) return `after ${this.#requests} requests`
    if (this.isHeapFull) return `since its heap is above ${heap} MB`
    if (performance.now() - this.#bootedAt >= age) return `since it is older than ${age} ms`
    return undefined
  }
}
