import type { PlannedDependency } from './plan.js'
import type { Failure } from './scope.js'

/** What has the dependencies of a level resolved. */
export interface Resolver {
  readonly isStopped: boolean
  /** A promise of the value, if there is one to wait for. */
  run (node: PlannedDependency, phase: number): Promise<unknown> | undefined
  keep (node: PlannedDependency, value: unknown): void
}

/**
 * The dependencies of one level on the loop, at the same time: each begins as soon as those that it needs have their
 * values. After an error nothing begins any more; what has begun comes to its end.
 */
export class Together {
  #failure: Failure | undefined
  #running = 0
  #settle: (() => void) | undefined
  /** By index, how many it still waits for. */
  readonly #waits: number[] = []
  readonly #resolver: Resolver
  readonly #phase: number

  constructor (resolver: Resolver, phase: number) {
    this.#resolver = resolver
    this.#phase = phase
  }

  /** Undefined if none of them makes a promise. Rejects, or throws, with the first error. */
  resolve (level: readonly PlannedDependency[]): Promise<void> | undefined {
    for (const node of level) this.#waits[node.index] = node.waits
    // Of those that have what they need: the others are begun by the last of these. In order, since a value that is there at once sets the next free.
    for (const node of level) if (this.#waits[node.index] === 0) this.#begin(node, false)
    if (this.#running > 0) return new Promise((resolve, reject) => { this.#settle = () => this.#failure === undefined ? resolve() : reject(this.#failure.error) })
    if (this.#failure !== undefined) throw this.#failure.error
    return undefined
  }

  /** `isLate`: the level has been gone through, and nobody else begins what this one sets free. */
  #begin (node: PlannedDependency, isLate: boolean): void {
    if (this.#failure !== undefined || this.#resolver.isStopped) return
    try {
      const pending = this.#resolver.run(node, this.#phase)
      if (pending === undefined) return this.#free(node, isLate)
      this.#running++
      // Not its own: that may call back at once, or twice, and await would not look at it.
      Promise.prototype.then.call(pending, (value) => {
        this.#resolver.keep(node, value)
        this.#free(node, true)
        this.#end()
      }, this.#fail)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #free ({ followers }: PlannedDependency, isLate: boolean): void {
    for (const follower of followers) {
      const waits = --this.#waits[follower.index]!
      if (waits === 0 && isLate) this.#begin(follower, true)
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error }
    this.#end()
  }

  #end (): void {
    if (--this.#running === 0) this.#settle!()
  }
}
