import { AsyncResource } from 'node:async_hooks'
import { finished } from 'node:stream'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BackgroundTooLate, InvalidBackground } from '../errors.js'
import { isHandlerTimeout } from '../request-errors.js'
import { settledWithin } from '../promises.js'

/*
 * `reply.background`: work that the client does not wait for, done once the response is over, one piece after the other; and only if
 * the request has not failed, as its generators are told. What has been asked for is dropped where a failure becomes known, on either
 * side; an error handler, which comes after that, may ask for work of its own.
 */

/** What one reply was given. */
export class Background {
  #isRunning = false
  readonly #tasks: (() => unknown)[] = []
  readonly #log: FastifyReply['log']

  constructor (log: FastifyReply['log']) {
    this.#log = log
  }

  get isEmpty (): boolean {
    return this.#tasks.length === 0
  }

  /** Meanwhile more may be added. */
  get isRunning (): boolean {
    return this.#isRunning
  }

  /** It will run in the async context of whoever adds it. */
  add (task: () => unknown): void {
    this.#tasks.push(AsyncResource.bind(task))
  }

  clear (): void {
    this.#tasks.length = 0
  }

  /** What one of them throws is logged, and the next one runs. */
  async run (): Promise<void> {
    this.#isRunning = true
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      try {
        await task()
      } catch (error) {
        this.#log.error({ err: error }, 'fastify-blocking: background work failed')
      }
    }
    this.#isRunning = false
  }
}

// Properties, as a decorated value would be one of every reply of the app.
const given = Symbol('fastify-blocking.background')
const failed = Symbol('fastify-blocking.failed')

const decider = Symbol('fastify-blocking.decider')
const over = Symbol('fastify-blocking.over')

type Answering = FastifyReply & { [given]?: Background, [failed]?: true, [decider]?: OutcomeDecider, [over]?: Promise<void> }

/** Who knows whether a request has failed, where that may be known later than the response is over: when its dependencies have ended. */
export interface OutcomeDecider {
  whenOver (): Promise<void>
}

/** `reply.background`. `of` gives what a reply has so far, or begins it. */
export function decorateBackground (fastify: FastifyInstance, of: (reply: FastifyReply) => Background): void {
  if (fastify.hasReplyDecorator('background')) return
  fastify.decorateReply('background', function background (this: Answering, task: () => unknown) {
    if (typeof task !== 'function') throw new InvalidBackground(typeof task)
    this[given] = of(this)
    this[given].add(task)
    return this
  })
  // Runs before any error handler, which may ask for work of its own.
  fastify.addHook('onError', function failOnError (_request: FastifyRequest, reply: Answering, error, done) {
    // Where dependencies end they decide whether a time limit is too late to fail the request.
    if (reply[decider] === undefined || !isHandlerTimeout(error)) failBackground(reply)
    done()
  })
}

/** The request has failed: nothing is done of what has been asked for here so far. */
export function dropBackground (reply: Answering): void {
  reply[given]?.clear()
}

/** As dropBackground, and of what was asked for in a worker neither. */
export function failBackground (reply: Answering): void {
  dropBackground(reply)
  reply[failed] = true
}

export function decideBackground (reply: Answering, by: OutcomeDecider): void {
  reply[decider] = by
}

/** Resolves once it is known whether the request has failed; undefined if that is as soon as the response is over. */
export function whenDecided (reply: Answering): Promise<void> | undefined {
  return reply[decider]?.whenOver()
}

/** Whether the reply is that of an error. */
export function hasFailed (reply: Answering): boolean {
  return reply[failed] === true
}

/** Resolves once the response is over. Node warns of more than ten listeners on it, and Fastify has several: there is one wait for all. */
export function whenResponseOver (reply: Answering): Promise<void> {
  reply[over] ??= new Promise((resolve) => { finished(reply.raw, () => resolve()) })
  return reply[over]
}

/** Of what was begun here, on replies that have a response here. */
export class BackgroundTasks {
  readonly #open = new Set<Promise<void>>()

  of (reply: Answering): Background {
    const known = reply[given]
    if (reply.sent && known?.isRunning !== true) throw new BackgroundTooLate(`${reply.request.method} ${reply.request.url}`)
    if (known !== undefined) return known
    const background = new Background(reply.log)
    const done = whenResponseOver(reply).then(() => runUnlessFailed(reply, background))
    this.#open.add(done)
    done.then(() => this.#open.delete(done))
    return background
  }

  /** Waits for what has been begun, for so many ms at the most; what is not done by then is not waited for again. */
  async settle (milliseconds: number, log: FastifyBaseLogger): Promise<void> {
    const begun = [...this.#open]
    await settledWithin(milliseconds, Promise.all(begun))
    const undone = begun.filter((done) => this.#open.delete(done)).length
    if (undone === 0) return
    log.warn(`fastify-blocking: background work of ${undone} ${undone === 1 ? 'response' : 'responses'} was not done within ${milliseconds} ms`)
  }
}

async function runUnlessFailed (reply: Answering, background: Background): Promise<void> {
  const decided = whenDecided(reply)
  if (decided !== undefined) await decided
  // The client has hung up before the whole answer was there, or a stream has broken.
  else if (!reply.raw.writableEnded) background.clear()
  await background.run()
}
