import type { FastifyReply, FastifyRequest } from 'fastify'
import { isGenerator as isGeneratorObject, looksLikeGenerator } from '../function-kind.js'
import { UnknownGenerator, YieldedNothing, YieldedTwice } from '../errors.js'
import { createValues, encode, type EncodedValues, decode } from '../wire/values.js'
import type { AppScope } from './app-scope.js'
import { isThenable } from '../promises.js'
import { awaitYielded } from './generator-step.js'
import type { Need, Phase, Plan, PlannedDependency, Side } from './plan.js'
import { ConcurrentResolver } from './concurrent.js'

/** Why a request goes wrong; undefined is thrown as well, hence the object. */
export interface Failure {
  readonly error: unknown
}

interface Teardown {
  node: PlannedDependency
  generator: Generator | AsyncGenerator
}

/**
 * The dependencies of one request that live on this side: their values, and what is to be torn down. A phase is
 * resolved from its first level to its last, and disposed of last in, first out, each exactly once.
 */
export class RequestScope {
  /** One of them has answered the request, or something else has. */
  isStopped = false
  /** Called when there is something to be torn down. */
  onOpen: (() => void) | undefined
  #isOver = false
  #failure: Failure | undefined
  #received: Record<string, unknown> | undefined
  readonly #values: unknown[] = []
  /** By phase. */
  readonly #teardowns: (Teardown[] | undefined)[] = []
  readonly #plan: Plan
  readonly #side: Side
  readonly #apps: AppScope
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #findStopReason: (() => Failure | undefined) | undefined

  /** `whyStopped` gives what has ended the request meanwhile: nothing ends without an error any more, nor begins in a worker. */
  constructor (plan: Plan, side: Side, apps: AppScope, request: FastifyRequest, reply: FastifyReply, whyStopped?: () => Failure | undefined) {
    this.#findStopReason = whyStopped
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

  /** False if the request has been answered meanwhile; a promise only if there is something to wait for. Rejects, or throws, with the first error, once what had begun has ended. */
  resolve (phase: number): boolean | Promise<boolean> {
    const { levels } = this.#plan.phases[phase]!
    for (let index = 0; index < levels.length; index++) {
      const pending = this.#resolveLevel(levels[index]!, phase)
      if (pending !== undefined) return this.#resolveRest(levels, index, phase, pending)
      if (this.isStopped) return false
    }
    return true
  }

  /** What the other side needs of a phase. */
  encodePhase (phase: number): EncodedValues | undefined {
    const { crossing } = this.#plan.phases[phase]!
    if (crossing.length === 0) return undefined
    const encoded = createValues()
    // Not by label: a context and one inside it may have different dependencies of one name.
    for (const node of crossing) encode(encoded, String(node.index), this.#valueOf(node))
    return encoded
  }

  receive (encoded: EncodedValues | undefined): void {
    if (encoded !== undefined) decode(encoded, this.#received ??= {}, (index) => `dependencies.${this.#plan.nodes[Number(index)]!.label}`)
  }

  /** `request.dependencies` */
  provide (): Record<string, unknown> {
    return this.#gather(this.#plan.provided)
  }

  /** Ends what a phase has begun. Gives the failure that comes out, which may be another one. */
  async dispose (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const teardowns = this.#teardowns[phase]
    for (let teardown = teardowns?.pop(); teardown !== undefined; teardown = teardowns?.pop()) {
      failure = await this.#end(teardown, failure ?? this.#findStopReason?.())
    }
    return failure
  }

  /** What is still waiting for its value is ended as soon as it has one. */
  close (failure: Failure | undefined): void {
    this.isStopped = this.#isOver = true
    this.#failure = failure
  }

  async #resolveRest (levels: Phase['levels'], index: number, phase: number, pending: Promise<void> | undefined): Promise<boolean> {
    do {
      if (pending !== undefined) await pending
      if (this.isStopped) return false
      if (++index === levels.length) return true
      pending = this.#resolveLevel(levels[index]!, phase)
    } while (true)
  }

  #resolveLevel (level: readonly PlannedDependency[], phase: number): Promise<void> | undefined {
    return this.#side === 'loop' ? new ConcurrentResolver(this, phase).resolve(level) : this.#resolveInTurn(level, phase)
  }

  async #resolveInTurn (level: readonly PlannedDependency[], phase: number): Promise<void> {
    for (const node of level) {
      if (this.isStopped) return
      const stopped = this.#findStopReason?.()
      if (stopped !== undefined) throw stopped.error
      const pending = this.run(node, phase)
      if (pending !== undefined) this.store(node, await pending)
    }
  }

  /** For Together. */
  run (node: PlannedDependency, phase: number): Promise<unknown> | undefined {
    const { dependency: { run, isGenerator, generator } } = node
    const result = run(this.#request, this.#gather(node.needs), this.#reply)
    if (isGenerator) return this.#openGenerator(node, phase, result)
    if (generator === undefined && typeof result === 'object' && isGeneratorObject(result)) return this.#startGenerator(node, phase, result)
    // The reply is a thenable itself.
    if (result !== this.#reply && isThenable(result)) return Promise.resolve(result)
    this.store(node, result)
    return undefined
  }

  /** For Together: what is not yielded. Throws FST_BLOCKING_UNKNOWN_GENERATOR. */
  store (node: PlannedDependency, value: unknown): void {
    const { isGenerator, generator } = node.dependency
    // What a generator has yielded is there already.
    if (isGenerator) return
    if (generator === undefined && looksLikeGenerator(value)) throw new UnknownGenerator(node.label, 'what looks like a generator, or a promise of one')
    this.#setValue(node, value)
  }

  #openGenerator (node: PlannedDependency, phase: number, result: unknown): Promise<unknown> | undefined {
    if (looksLikeGenerator(result)) return this.#startGenerator(node, phase, result)
    if (result !== this.#reply && isThenable(result)) return Promise.resolve(result).then((result) => this.#openGenerator(node, phase, result))
    // One that has answered in place of that.
    if (result === this.#reply) return this.#setValue(node, result) as undefined
    throw new UnknownGenerator(node.label, 'no generator, although its option generator is true')
  }

  #setValue (node: PlannedDependency, value: unknown): void {
    if (value === this.#reply || this.#reply.sent) this.isStopped = true
    this.#values[node.index] = value
  }

  /** For Together. */
  logFailure ({ label }: PlannedDependency, error: unknown): void {
    this.#log(error, `dependency ${label} failed, and something else had been answered, or failed, before`)
  }

  #startGenerator (node: PlannedDependency, phase: number, generator: Generator | AsyncGenerator): Promise<unknown> | undefined {
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
      const { done } = await awaitYielded(generator, failure === undefined ? generator.next() : generator.throw(failure.error), this.#reply)
      if (done === true) return failure
      await generator.return(undefined)
      throw new YieldedTwice(node.label)
    } catch (error) {
      if (failure !== undefined && error === failure.error) return failure
      // The one that it takes the place of would be lost.
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
      // What could not cross throws when it is touched, and not here.
      else Object.defineProperty(gathered, name, Object.getOwnPropertyDescriptor(this.#received, node.index)!)
    }
    return gathered
  }

  #valueOf ({ dependency, index }: PlannedDependency): unknown {
    return dependency.lifetime === 'app' ? this.#apps.get(dependency) : this.#values[index]
  }
}
