import type { RecycleOptions } from '../options/schemas.cjs'

/** Tells when a thread is to be replaced, by the limits of option recycle. */
export class RecyclePolicy {
  /** Its heap has been found above the limit. */
  isHeapFull = false
  readonly #bootedAt = performance.now()
  readonly #limits: RecycleOptions

  constructor (limits: RecycleOptions) {
    this.#limits = limits
  }

  /** Why the thread, which has had so many requests, is to be replaced; undefined if it is not. */
  findReason (requests: number): string | undefined {
    // One that has done nothing is no worse than the next one would be.
    if (requests === 0) return undefined
    const { requests: maxRequests = Infinity, heap, age = Infinity } = this.#limits
    if (requests >= maxRequests) return `after ${requests} requests`
    if (this.isHeapFull) return `since its heap is above ${heap} MB`
    if (performance.now() - this.#bootedAt >= age) return `since it is older than ${age} ms`
    return undefined
  }
}
