import type { PlannedDependency } from './plan.js'

/** What has the dependencies of a level resolved. */
export interface DependencyRunner {
  /** Somebody has answered. */
  readonly isStopped: boolean
  /** A promise of the value, if there is one to wait for. */
  run (node: PlannedDependency, phase: number): Promise<unknown> | undefined
  /** Throws if it is none. */
  store (node: PlannedDependency, value: unknown): void
  /** An error that is not answered, since something else is. */
  logFailure (node: PlannedDependency, error: unknown): void
}

/**
 * The dependencies of one level on the loop, at the same time: each begins as soon as those that it needs have their
 * values. After an error, or an answer, nothing begins any more; what has begun comes to its end.
 */
export class ConcurrentResolver {
  #failed: { node: PlannedDependency, error: unknown } | undefined
  #running = 0
  #settle: (() => void) | undefined
  /** By index, how many it still waits for. */
  readonly #pendingNeeds: number[] = []
  readonly #resolver: DependencyRunner
  readonly #phase: number

  constructor (resolver: DependencyRunner, phase: number) {
    this.#resolver = resolver
    this.#phase = phase
  }

  /** Undefined if none of them makes a promise. Rejects, or throws, with the first error, unless there is an answer. */
  resolve (level: readonly PlannedDependency[]): Promise<void> | undefined {
    for (const node of level) this.#pendingNeeds[node.index] = node.pendingNeeds
    // Of those that have what they need: the others are begun by the last of these. In order, since a value that is there at once sets the next free.
    for (const node of level) if (this.#pendingNeeds[node.index] === 0) this.#start(node, false)
    if (this.#running > 0) return new Promise((resolve, reject) => { this.#settle = () => this.#failed === undefined ? resolve() : reject(this.#failed.error) })
    if (this.#failed !== undefined) throw this.#failed.error
    return undefined
  }

  /** `isLate`: the level has been gone through, and nobody else begins what this one sets free. */
  #start (node: PlannedDependency, isLate: boolean): void {
    if (this.#failed !== undefined || this.#resolver.isStopped) return
    try {
      const pending = this.#resolver.run(node, this.#phase)
      if (pending === undefined) return this.#startFollowers(node, isLate)
      this.#running++
      // Not its own: that may call back at once, or twice, and await would not look at it.
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
