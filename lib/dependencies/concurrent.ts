import type { PlannedDependency } from './plan.js'

/** Calls the functions of the dependencies and keeps their values, for a ConcurrentResolver. */
export interface DependencyRunner {
  /** True once the request has been answered: nothing starts any more. */
  readonly isStopped: boolean
  /** Returns a promise if the value is asynchronous; otherwise stores the value and returns undefined. */
  run (node: PlannedDependency, phase: number): Promise<unknown> | undefined
  /**
   * Stores the value of a promise of run(). Throws FST_BLOCKING_UNKNOWN_GENERATOR if it may be a generator.
   */
  store (node: PlannedDependency, value: unknown): void
  /** Logs an error that cannot be the answer, since another error or an answer came first. */
  logFailure (node: PlannedDependency, error: unknown): void
}

/**
 * Resolves the dependencies of one level on the loop concurrently: each starts as soon as those that it needs
 * have their values. After an error or an answer nothing starts any more; what has started is awaited.
 */
export class ConcurrentResolver {
  #failed: { node: PlannedDependency, error: unknown } | undefined
  #running = 0
  #settle: (() => void) | undefined
  /** By index of the node: number of its needs in this level that have no value yet. */
  readonly #pendingNeeds: number[] = []
  readonly #resolver: DependencyRunner
  readonly #phase: number

  constructor (resolver: DependencyRunner, phase: number) {
    this.#resolver = resolver
    this.#phase = phase
  }

  /**
   * Returns undefined if all values are synchronous. Throws, or rejects, with the first error, unless the
   * request has been answered: then the error is logged.
   */
  resolve (level: readonly PlannedDependency[]): Promise<void> | undefined {
    for (const node of level) this.#pendingNeeds[node.index] = node.pendingNeeds
    // Start the nodes without pending needs; each starts its followers when it resolves. Keep the order: a
    // synchronous value may free the next node of this loop.
    for (const node of level) if (this.#pendingNeeds[node.index] === 0) this.#start(node, false)
    if (this.#running > 0) {
      return new Promise((resolve, reject) => {
        this.#settle = () => this.#failed === undefined ? resolve() : reject(this.#failed.error)
      })
    }
    if (this.#failed !== undefined) throw this.#failed.error
    return undefined
  }

  /** `isLate`: the loop of resolve() is over, so followers that become free have to be started here. */
  #start (node: PlannedDependency, isLate: boolean): void {
    if (this.#failed !== undefined || this.#resolver.isStopped) return
    try {
      const pending = this.#resolver.run(node, this.#phase)
      if (pending === undefined) return this.#startFollowers(node, isLate)
      this.#running++
      // Call the built-in then(), as `await` does: a promise may have an own then() that calls back
      // synchronously, or twice.
      Promise.prototype.then.call(pending, (value) => {
        try {
          this.#resolver.store(node, value)
          this.#startFollowers(node, true)
        } catch (error) {
          this.#fail(node, error)
        }
        this.#end()
      }, (error) => {
        this.#fail(node, error)
        this.#end()
      })
    } catch (error) {
      this.#fail(node, error)
    }
  }

  #startFollowers ({ followers }: PlannedDependency, isLate: boolean): void {
    for (const follower of followers) {
      const waits = --this.#pendingNeeds[follower.index]!
      if (waits === 0 && isLate) this.#start(follower, true)
    }
  }

  #fail (node: PlannedDependency, error: unknown): void {
    if (this.#failed === undefined && !this.#resolver.isStopped) this.#failed = { node, error }
    else this.#resolver.logFailure(node, error)
  }

  #end (): void {
    if (--this.#running > 0) return
    if (this.#failed !== undefined && this.#resolver.isStopped) {
      this.#resolver.logFailure(this.#failed.node, this.#failed.error)
      this.#failed = undefined
    }
    this.#settle!()
  }
}
