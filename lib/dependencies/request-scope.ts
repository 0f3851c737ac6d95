import type { FastifyReply, FastifyRequest } from 'fastify'
import { UnknownGenerator, YieldedNothing, YieldedTwice } from '../errors.js'
import { isGenerator as isGeneratorObject, looksLikeGenerator } from '../function-kind.js'
import { isThenable } from '../promises.js'
import { createValues, decode, encode, type EncodedValues } from '../wire/values.js'
import type { AppScope } from './app-scope.js'
import { ConcurrentResolver } from './concurrent.js'
import { awaitYielded } from './generator-step.js'
import {
  endsBeforeSerialization, type Need, type Phase, type Plan, type PlannedDependency, type Side
} from './plan.js'

/** The error with which a request has failed. Wrapped in an object, since undefined can be thrown as well. */
export interface Failure {
  readonly error: unknown
}

/** A request that something other than its dependencies may end, such as a time limit. */
export interface StoppableRequest {
  /**
   * The failure that has ended the request meanwhile. From then on every teardown gets an error, and in a
   * worker no further dependency starts.
   */
  readonly stopped: Failure | undefined
}

interface Teardown {
  node: PlannedDependency
  generator: Generator | AsyncGenerator
}

/**
 * Values and teardowns of one request's dependencies on this side. A phase is resolved from its first level
 * to its last, and torn down last in, first out; each teardown runs exactly once.
 */
export class RequestScope {
  /** Set once a dependency, or something else, has answered the request: nothing starts any more. */
  isStopped = false
  /** Called for each generator that has yielded and is to be torn down. */
  onOpen: (() => void) | undefined
  #isOver = false
  #failure: Failure | undefined
  #received: Record<string, unknown> | undefined
  readonly #values: unknown[] = []
  /** Levels of the first phase that have been resolved, some of them in hooks before the handler. */
  #resolvedLevels = 0
  /** Generators to be torn down, by phase. */
  readonly #teardowns: (Teardown[] | undefined)[] = []
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
    this.#plan = plan
    this.#side = side
    this.#apps = apps
    this.#request = request
    this.#reply = reply
  }

  get isEmpty (): boolean {
    return this.#teardowns.every((teardowns) => teardowns === undefined || teardowns.length === 0)
  }

  hasOpen (phase: number): boolean {
    return (this.#teardowns[phase]?.length ?? 0) > 0
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

  /**
   * Tears down what of a phase ends before the answer is serialized. Stops at the first failure, which it
   * returns, or once something else has ended the request: dispose() tears down the rest with that.
   */
  async disposeBeforeSerialization (phase: number): Promise<Failure | undefined> {
    const teardowns = this.#teardowns[phase] ?? []
    while (this.#stoppable.stopped === undefined) {
      const index = teardowns.findLastIndex(({ node }) => endsBeforeSerialization(node.dependency))
      if (index === -1) return undefined
      const failure = await this.#end(teardowns.splice(index, 1)[0]!, undefined)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /**
   * Tears down a phase; without a failure all of it but what ends when the response is over. Returns the
   * resulting failure: the given one, or the error that a generator threw in its place.
   */
  async dispose (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const teardowns = this.#teardowns[phase] ?? []
    while (true) {
      const cause = failure ?? this.#stoppable.stopped
      const index = teardowns.findLastIndex((teardown) => cause !== undefined || !endsLate(teardown))
      if (index === -1) return failure
      failure = await this.#end(teardowns.splice(index, 1)[0]!, cause)
    }
  }

  /**
   * Tears down what is left of a phase when the response is over. Returns the resulting failure, which cannot
   * be answered: it is logged, unless it is the given one.
   */
  async disposeLate (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const teardowns = this.#teardowns[phase]
    for (let teardown = teardowns?.pop(); teardown !== undefined; teardown = teardowns?.pop()) {
      const out = await this.#end(teardown, failure)
      if (out !== failure) {
        this.#log(out!.error, `the teardown of dependency ${teardown.node.label} failed after the response`)
      }
      failure = out
    }
    return failure
  }

  /** Closes the scope: a generator that yields after this is torn down at once, with this failure. */
  close (failure: Failure | undefined): void {
    this.isStopped = this.#isOver = true
    this.#failure = failure
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
    this.#log(error, `dependency ${label} failed, and something else had been answered, or failed, before`)
  }

  #startGenerator (
    node: PlannedDependency, phase: number, generator: Generator | AsyncGenerator
  ): Promise<unknown> | undefined {
    const begun = ({ done, value }: IteratorResult<unknown>): unknown => {
      this.#setValue(node, value)
      if (done !== true) this.#push({ node, generator }, phase)
      else if (!this.isStopped) throw new YieldedNothing(node.label)
      return value
    }
    const first = awaitYielded(generator, generator.next(), this.#reply)
    if (first instanceof Promise) return first.then(begun)
    begun(first)
    return undefined
  }

  #push (teardown: Teardown, phase: number): void {
    const { node } = teardown
    if (this.#isOver) {
      this.#end(teardown, this.#failure).then((failure) => {
        if (failure !== undefined && failure !== this.#failure) this.#logBeside(failure.error, node)
      })
      return
    }
    const teardowns = this.#teardowns[phase] ??= []
    teardowns.push(teardown)
    this.onOpen?.()
  }

  async #end ({ node, generator }: Teardown, failure: Failure | undefined): Promise<Failure | undefined> {
    try {
      const { done } = await awaitYielded(
        generator, failure === undefined ? generator.next() : generator.throw(failure.error), this.#reply
      )
      if (done === true) return failure
      await generator.return(undefined)
      throw new YieldedTwice(node.label)
    } catch (error) {
      if (failure !== undefined && error === failure.error) return failure
      // The new error replaces the failure, which is logged so that it is not lost.
      if (failure !== undefined) this.#logBeside(failure.error, node)
      return { error }
    }
  }

  #logBeside (error: unknown, { label }: PlannedDependency): void {
    this.#log(error, `an error beside that of the teardown of dependency ${label}`)
  }

  #log (error: unknown, what: string): void {
    this.#request.log.error({ err: error }, `fastify-blocking: ${what}`)
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

function endsLate ({ node }: Teardown): boolean {
  return node.dependency.endsAt === 'onResponse'
}
