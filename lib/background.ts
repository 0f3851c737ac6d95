import { AsyncResource } from 'node:async_hooks'
import { finished } from 'node:stream'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BackgroundTooLate, InvalidBackground } from './errors.js'
import { within } from './within.js'

/*
 * `reply.background`: work that the client does not wait for, done once the response is over, one piece after the other.
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

  drop (): void {
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

type Answering = FastifyReply & { [given]?: Background, [failed]?: true }

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
  fastify.addHook('onError', function dropBackground (_request: FastifyRequest, reply: Answering, _error, done) {
    reply[given]?.drop()
    reply[failed] = true
    done()
  })
}

/** Whether the reply is that of an error. */
export function hasFailed (reply: Answering): boolean {
  return reply[failed] === true
}

/** Of what was begun here, on replies that have a response here. */
export class Backgrounds {
  readonly #open = new Set<Promise<void>>()

  of (reply: Answering): Background {
    const known = reply[given]
    if (reply.sent && known?.isRunning !== true) throw new BackgroundTooLate(`${reply.request.method} ${reply.request.url}`)
    if (known !== undefined) return known
    const background = new Background(reply.log)
    const done = new Promise<void>((resolve) => { finished(reply.raw, () => resolve(background.run())) })
    this.#open.add(done)
    done.then(() => this.#open.delete(done))
    return background
  }

  /** Waits for what has been begun, for so many ms at the most; what is not done by then is not waited for again. */
  async settle (milliseconds: number, log: FastifyBaseLogger): Promise<void> {
    const begun = [...this.#open]
    await within(milliseconds, Promise.all(begun))
    const undone = begun.filter((done) => this.#open.delete(done)).length
    if (undone === 0) return
    log.warn(`fastify-blocking: background work of ${undone} ${undone === 1 ? 'response' : 'responses'} was not done within ${milliseconds} ms`)
  }
}
