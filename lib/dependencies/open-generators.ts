import type { FastifyReply } from 'fastify'
import { YieldedTwice } from '../errors.js'
import type { Failure, StoppableRequest } from './failure.js'
import { awaitYielded } from './generator-step.js'
import { endsBeforeSerialization, type PlannedDependency } from './plan.js'

interface OpenGenerator {
  readonly node: PlannedDependency
  readonly generator: Generator | AsyncGenerator
}

/**
 * The generators of one request's dependencies that have yielded on this side. They are torn down by phase,
 * last in, first out, each once.
 */
export class OpenGenerators {
  #isClosed = false
  /** The failure with which they were closed. */
  #failure: Failure | undefined
  readonly #byPhase: (OpenGenerator[] | undefined)[] = []
  readonly #reply: FastifyReply
  readonly #stoppable: StoppableRequest

  constructor (reply: FastifyReply, stoppable: StoppableRequest) {
    this.#reply = reply
    this.#stoppable = stoppable
  }

  get isEmpty (): boolean {
    return this.#byPhase.every((opened) => opened === undefined || opened.length === 0)
  }

  has (phase: number): boolean {
    return (this.#byPhase[phase]?.length ?? 0) > 0
  }

  /** Adds one that has yielded. Returns false if they were closed: then it is torn down at once. */
  add (node: PlannedDependency, generator: OpenGenerator['generator'], phase: number): boolean {
    if (this.#isClosed) {
      this.#end({ node, generator }, this.#failure).then((failure) => {
        if (failure !== undefined && failure !== this.#failure) this.#logBeside(failure.error, node)
      })
      return false
    }
    const opened = this.#byPhase[phase] ??= []
    opened.push({ node, generator })
    return true
  }

  /**
   * Tears down what of a phase ends before the answer is serialized. Stops at the first failure, which it
   * returns, or once something else has ended the request: dispose() tears down the rest with that.
   */
  async disposeBeforeSerialization (phase: number): Promise<Failure | undefined> {
    const opened = this.#byPhase[phase] ?? []
    while (this.#stoppable.stopped === undefined) {
      const index = opened.findLastIndex(({ node }) => endsBeforeSerialization(node.dependency))
      if (index === -1) return undefined
      const failure = await this.#end(opened.splice(index, 1)[0]!, undefined)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /**
   * Tears down a phase; without a failure all of it but what ends when the response is over. Returns the
   * resulting failure: the given one, or the error that a generator threw in its place.
   */
  async dispose (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const opened = this.#byPhase[phase] ?? []
    while (true) {
      const cause = failure ?? this.#stoppable.stopped
      const index = opened.findLastIndex((open) => cause !== undefined || !endsLate(open))
      if (index === -1) return failure
      failure = await this.#end(opened.splice(index, 1)[0]!, cause)
    }
  }

  /**
   * Tears down what is left of a phase when the response is over. Returns the resulting failure, which cannot
   * be answered: it is logged, unless it is the given one.
   */
  async disposeLate (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const opened = this.#byPhase[phase]
    for (let last = opened?.pop(); last !== undefined; last = opened?.pop()) {
      const out = await this.#end(last, failure)
      if (out !== failure) {
        this.#log(out!.error, `the teardown of dependency ${last.node.label} failed after the response`)
      }
      failure = out
    }
    return failure
  }

  /** From now on one that yields is torn down at once, with this failure. */
  close (failure: Failure | undefined): void {
    this.#isClosed = true
    this.#failure = failure
  }

  async #end (
    { node, generator }: OpenGenerator, failure: Failure | undefined
  ): Promise<Failure | undefined> {
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
    this.#reply.request.log.error({ err: error }, `fastify-blocking: ${what}`)
  }
}

function endsLate ({ node }: OpenGenerator): boolean {
  return node.dependency.endsAt === 'onResponse'
}
