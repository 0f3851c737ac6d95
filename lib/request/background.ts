import { AsyncResource } from 'node:async_hooks'
import { finished } from 'node:stream'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BackgroundTooLate, InvalidBackground } from '../errors.js'
import { settledWithin } from '../promises.js'
import { isHandlerTimeout } from '../request-errors.js'

/*
 * `reply.background`: tasks that the client does not wait for. They run once the response is over, one after
 * the other, and only if the request has not failed; its generators are told the same. The tasks given so far
 * are dropped where a failure becomes known, on either side. An error handler runs after that, and may give
 * tasks of its own.
 */

/** The tasks of one reply. */
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

  /** While true, tasks may still be added. */
  get isRunning (): boolean {
    return this.#isRunning
  }

  /** Binds the task to the async context of the caller. */
  add (task: () => unknown): void {
    this.#tasks.push(AsyncResource.bind(task))
  }

  clear (): void {
    this.#tasks.length = 0
  }

  /** Runs the tasks in order. An error is logged, and the next task runs. */
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

// Symbol properties, set when they are needed: a decorated value would be an own property of every reply of
// the app. The symbols are those of all copies of this package, since a worker may have two of them.
const given = Symbol.for('fastify-blocking.background')
const failed = Symbol.for('fastify-blocking.failed')

const decider = Symbol.for('fastify-blocking.decider')
const over = Symbol.for('fastify-blocking.over')

const tasks = Symbol.for('fastify-blocking.tasks')

type Answering = FastifyReply & {
  [given]?: Background
  [failed]?: { error: unknown }
  [decider]?: OutcomeDecider
  [over]?: Promise<boolean>
  [tasks]?: Promise<void>
}

/**
 * Tells when it is known whether a request has failed. With dependencies that may be after the end of the
 * response: when they have been torn down.
 */
export interface OutcomeDecider {
  whenOutcomeKnown (): Promise<void>
}

/** Decorates `reply.background`. `of` returns the Background of a reply, and creates it if there is none. */
export function decorateBackground (fastify: FastifyInstance, of: (reply: FastifyReply) => Background): void {
  if (fastify.hasReplyDecorator('background')) return
  fastify.decorateReply('background', function background (this: Answering, task: () => unknown) {
    if (typeof task !== 'function') throw new InvalidBackground(typeof task)
    this[given] = of(this)
    this[given].add(task)
    return this
  })
  // Fastify runs `onError` hooks before the error handlers, so tasks that an error handler gives are kept.
  fastify.addHook('onError', function failOnError (_request: FastifyRequest, reply: Answering, error, done) {
    // With dependencies, their OutcomeDecider tells whether a handler timeout has come too late to fail the
    // request.
    if (reply[decider] === undefined || !isHandlerTimeout(error)) failBackground(reply, { error })
    done()
  })
}

/** Drops the tasks given so far on this side, since the request has failed. */
export function dropBackground (reply: Answering): void {
  reply[given]?.clear()
}

/**
 * As dropBackground(), and marks the reply as failed, so that the tasks given in a worker are dropped too.
 */
export function failBackground (reply: Answering, failure: { error: unknown }): void {
  dropBackground(reply)
  reply[failed] ??= failure
}

export function decideBackground (reply: Answering, by: OutcomeDecider): void {
  reply[decider] = by
}

/**
 * Resolves once it is known whether the request has failed; undefined if that is known when the response is
 * over.
 */
export function whenDecided (reply: Answering): Promise<void> | undefined {
  return reply[decider]?.whenOutcomeKnown()
}

/** Whether failBackground() was called for the reply. */
export function hasFailed (reply: Answering): boolean {
  return reply[failed] !== undefined
}

/** The failure of the first call of failBackground(). */
export function failureOf (reply: Answering): { error: unknown } | undefined {
  return reply[failed]
}

/**
 * Resolves once the response is over, with whether all of it was sent. One promise per reply, since Node
 * warns of more than ten listeners on the response, and Fastify has several.
 */
export function whenResponseOver (reply: Answering): Promise<boolean> {
  reply[over] ??= new Promise((resolve) => {
    finished(reply.raw, (error) => resolve(!error && !isConnectionLost(reply.request)))
  })
  return reply[over]
}

/**
 * Whether the client has hung up, at the time of the response's "finish": Node emits the event as well when a
 * write has failed. With HTTP/2 the stream, which is destroyed in any case, stands for the socket.
 */
function isConnectionLost ({ raw: { httpVersionMajor, socket } }: FastifyRequest): boolean {
  return httpVersionMajor === 1 && socket.destroyed
}

/** Resolves once the tasks of this side are done. */
export async function whenTasksDone (reply: Answering): Promise<void> {
  await reply[tasks]
}

/** Background work of replies whose response is written on this side. */
export class BackgroundTasks {
  readonly #open = new Set<Promise<void>>()

  of (reply: Answering): Background {
    const known = reply[given]
    if (reply.sent && known?.isRunning !== true) {
      throw new BackgroundTooLate(`${reply.request.method} ${reply.request.url}`)
    }
    if (known !== undefined) return known
    const background = new Background(reply.log)
    reply[tasks] = whenResponseOver(reply).then(() => runUnlessFailed(reply, background))
    this.track(reply[tasks])
    return background
  }

  /**
   * Calls `end` once the response is over, with whether all of it was sent, and the tasks of this side are
   * done. `end` never rejects.
   */
  afterTasks (reply: Answering, end: (isSent: boolean) => Promise<void>): void {
    this.track(whenResponseOver(reply).then(async (isSent) => {
      await whenTasksDone(reply)
      await end(isSent)
    }))
  }

  /** Counts as open work, which settle() waits for. Never rejects. */
  track (work: Promise<void>): void {
    this.#open.add(work)
    work.then(() => this.#open.delete(work))
  }

  /**
   * Waits for open background work, for at most `milliseconds`. Work open after that is logged, and not
   * awaited again.
   */
  async settle (milliseconds: number, log: FastifyBaseLogger): Promise<void> {
    const begun = [...this.#open]
    await settledWithin(milliseconds, Promise.all(begun))
    const undone = begun.filter((done) => this.#open.delete(done)).length
    if (undone === 0) return
    log.warn(
      `fastify-blocking: background work of ${undone} ${undone === 1 ? 'response' : 'responses'} was not ` +
      `done within ${milliseconds} ms`
    )
  }
}

async function runUnlessFailed (reply: Answering, background: Background): Promise<void> {
  const decided = whenDecided(reply)
  if (decided !== undefined) await decided
  // The response was not ended: the client has hung up before the whole answer, or a stream has broken.
  else if (!reply.raw.writableEnded) background.clear()
  await background.run()
}
