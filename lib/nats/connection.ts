import type { Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import type { FastifyBaseLogger } from 'fastify'
import { MissingPackage } from '../errors.js'

/** ms between two attempts to find a broker. */
const retryWait = 500

/** ms. A broker that goes in the midst of a handshake is otherwise waited for until 20 s are over. */
const longestHandshake = 3_000

/** Events of a connection. */
export interface ConnectionEvents {
  /** There is a connection, for the first time or again: messages may have been lost meanwhile. */
  connected (): void
  disconnected (): void
}

type Publication = [subject: string, bytes: Uint8Array, reply: string | undefined]

type Subscription = [subject: string, queue: string | undefined, receive: (message: Msg) => void]

type Connect = typeof import('@nats-io/transport-node').connect

/**
 * A connection to the broker that is made again for as long as it takes. Says that there is none, once for
 * each cause, and once that there is one again.
 */
export class Connection {
  #nats: NatsConnection | undefined
  #isUp = false
  #isClosing = false
  #isMissed = false
  /** Messages of the errors that were logged since there was a connection. */
  readonly #told = new Set<string>()
  #retryTimer: NodeJS.Timeout | undefined
  readonly #subscriptions: Subscription[] = []
  #publications: Publication[] = []
  readonly #options: NodeConnectionOptions
  readonly #log: FastifyBaseLogger
  readonly #events: ConnectionEvents

  constructor (options: NodeConnectionOptions, log: FastifyBaseLogger, events: ConnectionEvents) {
    this.#options = options
    this.#log = log
    this.#events = events
  }

  get isUp (): boolean {
    return this.#isUp
  }

  /** Bytes of the longest message. */
  get longest (): number {
    return this.#nats?.info?.max_payload ?? 1_048_576
  }

  /** Resolves before there is a connection. Rejects with FST_BLOCKING_MISSING_PACKAGE. */
  async open (): Promise<void> {
    const name = '@nats-io/transport-node'
    let connect: Connect
    try {
      ({ connect } = await import('@nats-io/transport-node'))
    } catch (error) {
      throw Object.assign(new MissingPackage('remote', name, name), { cause: error })
    }
    this.#connect(connect)
  }

  async #connect (connect: Connect): Promise<void> {
    try {
      const nats = await connect({
        reconnectTimeWait: retryWait,
        pingInterval: 10_000,
        timeout: longestHandshake,
        ...this.#options,
        maxReconnectAttempts: -1,
        // An operator may repair what is wrong while this process waits.
        ignoreAuthErrorAbort: true
      })
      if (this.#isClosing) return await nats.close()
      this.#nats = nats
      for (const [subject, queue, receive] of this.#subscriptions) this.#subscribe(subject, queue, receive)
      this.#connected()
      this.#watch(nats, connect)
    } catch (error) {
      this.#missed(error)
      this.#retry(connect)
    }
  }

  #retry (connect: Connect): void {
    if (!this.#isClosing) this.#retryTimer = setTimeout(() => { this.#connect(connect) }, retryWait)
  }

  async #watch (nats: NatsConnection, connect: Connect): Promise<void> {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') {
        this.#isUp = false
        this.#missed(undefined)
        this.#events.disconnected()
      } else if (status.type === 'reconnect') this.#connected()
      else if (status.type === 'error') {
        this.#log.warn({ err: status.error }, 'fastify-blocking: an error of NATS')
      }
    }
    if (this.#isClosing) return
    // The client has given up, as it does when an authenticator throws.
    const error = await nats.closed()
    if (this.#isUp) this.#events.disconnected()
    this.#isUp = false
    this.#missed(error)
    this.#retry(connect)
  }

  #connected (): void {
    this.#isUp = true
    if (this.#isMissed) this.#log.info('fastify-blocking: connected to NATS again')
    this.#isMissed = false
    this.#told.clear()
    this.#events.connected()
  }

  #missed (err: unknown): void {
    const isKnown = !(err instanceof Error) || this.#told.has(err.message)
    if (this.#isClosing || (this.#isMissed && isKnown)) return
    if (err instanceof Error) this.#told.add(err.message)
    this.#isMissed = true
    const why = err instanceof Error ? `: ${describe(err)}` : ''
    this.#log.warn({ err }, `fastify-blocking: there is no connection to NATS${why}; it is tried again`)
  }

  /**
   * Publishes at the end of this turn of the event loop: all messages of a turn leave in one write to the
   * socket, which takes more of the processor than anything else that is done for a message.
   */
  publish (subject: string, bytes: Uint8Array, reply?: string): void {
    // Nobody would get it in time.
    if (!this.#isUp) return
    if (this.#publications.push([subject, bytes, reply]) === 1) setImmediate(() => this.#publishAll())
  }

  #publishAll (): void {
    const publications = this.#publications
    this.#publications = []
    if (!this.#isUp) return
    for (const publication of publications) this.#publish(...publication)
  }

  #publish (...[subject, bytes, reply]: Publication): void {
    try {
      this.#nats!.publish(subject, bytes, reply === undefined ? {} : { reply })
    } catch (err) {
      // The connection ends at this moment, or the message is too long for the broker.
      this.#log.warn({ err }, `fastify-blocking: a message of ${bytes.byteLength} bytes was not published`)
    }
  }

  /**
   * To be called once per subject. A queue gives each message to one member. A message for which `receive`
   * throws is logged, and dropped.
   */
  subscribe (subject: string, receive: (message: Msg) => void, queue?: string): void {
    this.#subscriptions.push([subject, queue, receive])
    if (this.#nats !== undefined) this.#subscribe(subject, queue, receive)
  }

  #subscribe (subject: string, queue: string | undefined, receive: (message: Msg) => void): void {
    this.#nats!.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (error !== null) return this.#log.warn({ err: error }, `fastify-blocking: subject ${subject}`)
        // The client would close the connection if this threw.
        try {
          receive(message)
        } catch (err) {
          const { reply = '' } = message
          const place = `${message.subject} ${reply}`.trimEnd()
          this.#log.warn({ err }, `fastify-blocking: a message could not be used: ${place}`)
        }
      }
    })
  }

  /** What was published has gone out when it resolves, if there is a broker. */
  async close (): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    clearTimeout(this.#retryTimer)
    this.#publishAll()
    if (this.#isUp) await this.#nats!.flush().catch(() => {})
    this.#isUp = false
    await this.#nats?.close()
  }
}

/** Whether the broker says that nobody receives a message. */
export function isUnreceived ({ data, headers }: Msg): boolean {
  return data.byteLength === 0 && headers?.code === 503
}

/** The client's error for a server that refuses the connection has no message of its own. */
function describe (error: Error): string {
  return error.message === '' && error.cause instanceof Error ? error.cause.message : error.message
}
