import type { FastifyInstance } from 'fastify'
import { DependencyCrossing, UnknownGenerator, YieldedNothing, YieldedTwice } from '../errors.js'
import { isGenerator as isGeneratorObject, looksLikeGenerator } from '../function-kind.js'
import { type CanSend, crosses, locateUncloneable } from '../wire/cloneable.js'
import type { Dependency } from './dependency.js'
import { awaitYielded } from './generator-step.js'
import { isOfRequest, type Plan, type PlannedDependency, type Side } from './plan.js'

/**
 * Values and generators of the dependencies of lifetime "app" on one side. They are created before the first
 * request, each after those that it needs.
 */
export class AppScope {
  readonly #values = new Map<Dependency, unknown>()
  readonly #generators: { label: string, generator: Generator | AsyncGenerator }[] = []
  readonly #side: Side

  constructor (side: Side) {
    this.#side = side
  }

  /**
   * `canSend`: whether each worker of a route can be sent a value. Throws FST_BLOCKING_DEPENDENCY_CROSSING.
   */
  async start (
    fastify: FastifyInstance, plans: Iterable<Plan>, canSend: (route: string, value: unknown) => boolean
  ): Promise<void> {
    for (const { route, nodes, phases } of plans) {
      for (const node of nodes) {
        if (isOfRequest(node) || node.side !== this.#side) continue
        if (!this.#values.has(node.dependency)) {
          this.#values.set(node.dependency, await this.#make(fastify, node))
        }
        // A dependency shadowed by one of the same name in an inner context may have a phase that the plan
        // lacks: its value is created and never read.
        if (phases[node.phase]?.crossing.includes(node)) {
          this.#checkCrossing(node, (value) => canSend(route, value))
        }
      }
    }
  }

  get (dependency: Dependency): unknown {
    return this.#values.get(dependency)
  }

  /**
   * Tears down all generators, last in, first out; an error of one does not stop the others. Rejects with
   * that error, or with an AggregateError of several.
   */
  async close (): Promise<void> {
    const errors: unknown[] = []
    for (const { label, generator } of this.#generators.splice(0).reverse()) {
      try {
        const { done } = await awaitYielded(generator, generator.next())
        if (done === true) continue
        await generator.return(undefined)
        throw new YieldedTwice(label)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) {
      throw new AggregateError(errors, 'fastify-blocking: several dependencies failed to close')
    }
  }

  async #make (fastify: FastifyInstance, { dependency, label, needs }: PlannedDependency): Promise<unknown> {
    const own = Object.fromEntries(needs.map(({ name, node }) => [name, this.#values.get(node.dependency)]))
    const result = dependency.run(fastify, own)
    const generator = isGeneratorObject(result) || dependency.isGenerator ? await result : undefined
    if (generator === undefined || dependency.generator === false) {
      const value = await result
      if (dependency.generator === undefined && looksLikeGenerator(value)) {
        throw new UnknownGenerator(label, 'what looks like a generator, or a promise of one')
      }
      return value
    }
    if (!looksLikeGenerator(generator)) {
      throw new UnknownGenerator(label, 'no generator, although its option generator is true')
    }
    const { done, value } = await awaitYielded(generator, generator.next())
    if (done === true) throw new YieldedNothing(label)
    this.#generators.push({ label, generator })
    return value
  }

  /** The value is known at boot, so a value that cannot cross fails the boot and not a request. */
  #checkCrossing ({ dependency, path }: PlannedDependency, canSend: CanSend): void {
    const value = this.#values.get(dependency)
    if (crosses(value, canSend)) return
    const [part, what] = locateUncloneable(value, canSend)
    throw new DependencyCrossing(path + part, what, this.#side === 'loop' ? 'worker' : 'loop')
  }
}
