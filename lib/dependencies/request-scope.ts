import type { FastifyReply, FastifyRequest } from 'fastify'
import { UnknownGenerator, YieldedNothing } from '../errors.js'
import { isGenerator as isGeneratorObject, looksLikeGenerator } from '../function-kind.js'
import { isThenable } from '../promises.js'
import { createValues, decode, encode, type EncodedValues } from '../wire/values.js'
import type { AppScope } from './app-scope.js'
import { ConcurrentResolver } from './concurrent.js'
import type { Failure, StoppableRequest } from './failure.js'
import { awaitYielded } from './generator-step.js'
import { OpenGenerators } from './open-generators.js'
import type { Need, Phase, Plan, PlannedDependency, Side } from './plan.js'

/**
 * Values and teardowns of one request's dependencies on this side. A phase is resolved from its first level
 * to its last, and torn down last in, first out; each teardown runs exactly once.
 */
export class RequestScope {
  /** Set once a dependency, or something else, has answered the request: nothing starts any more. */
  isStopped = false
  /** Called for each generator that has yielded and is to be torn down. */
  onOpen: (() => void) | undefined
  #received: Record<string, unknown> | undefined
  readonly #values: unknown[] = []
  /** Levels of the first phase that have been resolved, some of them in hooks before the handler. */
  #resolvedLevels = 0
  readonly #open: OpenGenerators
  readonly #plan: Plan
  readonly #side: Side
  readonly #apps: AppScope
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #stoppable: StoppableRequest

  constructor (
    plan: Plan,
    side: Side,
    apps: AppScope,
    request: FastifyRequest,
    reply: FastifyReply,
    stoppable: StoppableRequest
  ) {
    this.#stoppable = stoppable
    this.#open = new OpenGenerators(reply, stoppable)
    this.#plan = plan
    this.#side = side
    this.#apps = apps
    this.#request = request
    this.#reply = reply
  }

  get isEmpty (): boolean {
    return this.#open.isEmpty
  }

  hasOpen (phase: number): boolean {
    return this.#open.has(phase)
  }

  /**
   * Resolves the dependencies of a phase, or of its levels up to `end`. Returns false if the request has been
   * answered meanwhile, and a promise only if a value is asynchronous. Throws, or rejects, with the first
   * error, once every started dependency has settled.
   */
  resolve (phase: number, end = this.#plan.phases[phase]!.levels.length): boolean | Promise<boolean> {
    const { levels } = this.#plan.phases[phase]!
    const start = phase === 0 ? this.#resolvedLevels : 0
    if (phase === 0) this.#resolvedLevels = end
    for (let index = start; index < end; index++) {
      const pending = this.#resolveLevel(levels[index]!, phase)
      if (pending !== undefined) return this.#resolveRest(levels, index, end, phase, pending)
      if (this.isStopped) return false
    }
    return true
  }

  /** Encodes the values of a phase that the other side needs; undefined if it needs none. */
  encodePhase (phase: number): EncodedValues | undefined {
    const { crossing } = this.#plan.phases[phase]!
    if (crossing.length === 0) return undefined
    const encoded = createValues()
    // Keyed by index: a context and one inside it may have different dependencies with the same label.
    for (const node of crossing) encode(encoded, String(node.index), this.#valueOf(node))
    return encoded
  }

  /** Takes the values that the other side has encoded by encodePhase(). */
  receive (encoded: EncodedValues | undefined): void {
    if (encoded !== undefined) {
      decode(encoded, this.#received ??= {}, (index) =>
        `dependencies.${this.#plan.nodes[Number(index)]!.label}`)
    }
  }

  /** Returns the value of `request.dependencies`. */
  provide (): Record<string, unknown> {
    return this.#gather(this.#plan.provided)
  }

  /** See OpenGenerators. */
  disposeBeforeSerialization (phase: number): Promise<Failure | undefined> {
    return this.#open.disposeBeforeSerialization(phase)
  }

  /** See OpenGenerators. */
  dispose (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    return this.#open.dispose(phase, failure)
  }

  /** See OpenGenerators. */
  disposeLate (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    return this.#open.disposeLate(phase, failure)
  }

  /** Closes the scope: a generator that yields after this is torn down at once, with this failure. */
  close (failure: Failure | undefined): void {
    this.isStopped = true
    this.#open.close(failure)
  }

  async #resolveRest (
    levels: Phase['levels'],
    index: number,
    end: number,
    phase: number,
    pending: Promise<void> | undefined
  ): Promise<boolean> {
    do {
      if (pending !== undefined) await pending
      if (this.isStopped) return false
      if (++index === end) return true
      pending = this.#resolveLevel(levels[index]!, phase)
    } while (true)
  }

  #resolveLevel (level: readonly PlannedDependency[], phase: number): Promise<void> | undefined {
    return this.#side === 'loop'
      ? new ConcurrentResolver(this, phase).resolve(level)
      : this.#resolveInTurn(level, phase)
  }

  async #resolveInTurn (level: readonly PlannedDependency[], phase: number): Promise<void> {
    for (const node of level) {
      if (this.isStopped) return
      const { stopped } = this.#stoppable
      if (stopped !== undefined) throw stopped.error
      const pending = this.run(node, phase)
      if (pending !== undefined) this.store(node, await pending)
    }
  }

  /** Implements DependencyRunner. */
  run (node: PlannedDependency, phase: number): Promise<unknown> | undefined {
    const { dependency: { run, isGenerator, generator } } = node
    const result = run(this.#request, this.#gather(node.needs), this.#reply)
    if (isGenerator) return this.#openGenerator(node, phase, result)
    if (generator === undefined && typeof result === 'object' && isGeneratorObject(result)) {
      return this.#startGenerator(node, phase, result)
    }
    // The reply is not awaited: it is a thenable that resolves when the response has been sent.
    if (result !== this.#reply && isThenable(result)) return Promise.resolve(result)
    this.store(node, result)
    return undefined
  }

  /** Implements DependencyRunner: stores a value that was returned. Throws FST_BLOCKING_UNKNOWN_GENERATOR. */
  store (node: PlannedDependency, value: unknown): void {
    const { isGenerator, generator } = node.dependency
    // #startGenerator() has stored the yielded value.
    if (isGenerator) return
    if (generator === undefined && looksLikeGenerator(value)) {
      throw new UnknownGenerator(node.label, 'what looks like a generator, or a promise of one')
    }
    this.#setValue(node, value)
  }

  #openGenerator (node: PlannedDependency, phase: number, result: unknown): Promise<unknown> | undefined {
    if (looksLikeGenerator(result)) return this.#startGenerator(node, phase, result)
    if (result !== this.#reply && isThenable(result)) {
      return Promise.resolve(result).then((result) => this.#openGenerator(node, phase, result))
    }
    // The function has answered the request in place of returning a generator.
    if (result === this.#reply) return this.#setValue(node, result) as undefined
    throw new UnknownGenerator(node.label, 'no generator, although its option generator is true')
  }

  #setValue (node: PlannedDependency, value: unknown): void {
    if (value === this.#reply || this.#reply.sent) this.isStopped = true
    this.#values[node.index] = value
  }

  /** Implements DependencyRunner. */
  logFailure ({ label }: PlannedDependency, error: unknown): void {
    this.#request.log.error(
      { err: error },
      `fastify-blocking: dependency ${label} failed, and something else had been answered, or failed, before`
    )
  }

  #startGenerator (
    node: PlannedDependency, phase: number, generator: Generator | AsyncGenerator
  ): Promise<unknown> | undefined {
    const begun = ({ done, value }: IteratorResult<unknown>): unknown => {
      this.#setValue(node, value)
      if (done === true) {
        if (!this.isStopped) throw new YieldedNothing(node.label)
      } else if (this.#open.add(node, generator, phase)) this.onOpen?.()
      return value
    }
    const first = awaitYielded(generator, generator.next(), this.#reply)
    if (first instanceof Promise) return first.then(begun)
    begun(first)
    return undefined
  }

  #gather (needs: readonly Need[]): Record<string, unknown> {
    const gathered: Record<string, unknown> = {}
    for (const { name, node } of needs) {
      if (node.side === this.#side) gathered[name] = this.#valueOf(node)
      // Copy the property descriptor: a value that could not cross is a getter that throws, and is not to be
      // called here.
      else Object.defineProperty(gathered, name, Object.getOwnPropertyDescriptor(this.#received, node.index)!)
    }
    return gathered
  }

  #valueOf ({ dependency, index }: PlannedDependency): unknown {
    return dependency.lifetime === 'app' ? this.#apps.get(dependency) : this.#values[index]
  }
}
