import type { Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import type { FastifyBaseLogger } from 'fastify'
import { MissingPackage } from '../errors.js'

/** ms between two attempts to find a broker. */
const retryWait = 500

/** Events of a connection. */
export interface ConnectionEvents {
  /** There is a connection, for the first time or again: messages may have been lost meanwhile. */
  connected (): void
  disconnected (): void
}

type Publication = [subject: string, bytes: Uint8Array, reply: string | undefined]

type Subscription = [subject: string, queue: string | undefined, receive: (message: Msg) => void]

/**
 * A connection to the broker that is made again for as long as it takes. Says once that there is none, and
 * once that there is one again.
 */
export class Connection {
  #nats: NatsConnection | undefined
  #isUp = false
  #isClosing = false
  #isMissed = false
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
    let connect: typeof import('@nats-io/transport-node').connect
    try {
      ({ connect } = await import('@nats-io/transport-node'))
    } catch (error) {
      throw Object.assign(new MissingPackage('remote', name, name), { cause: error })
    }
    this.#connect(connect)
  }

  async #connect (connect: typeof import('@nats-io/transport-node').connect): Promise<void> {
    try {
      const nats = await connect({
        reconnectTimeWait: retryWait,
        pingInterval: 10_000,
        ...this.#options,
        maxReconnectAttempts: -1,
        // An operator may repair what is wrong while this process waits.
        ignoreAuthErrorAbort: true
      })
      if (this.#isClosing) return await nats.close()
      this.#nats = nats
      for (const [subject, queue, receive] of this.#subscriptions) this.#subscribe(subject, queue, receive)
      this.#connected()
      this.#watch(nats)
    } catch (error) {
      this.#missed(error)
      if (!this.#isClosing) this.#retryTimer = setTimeout(() => { this.#connect(connect) }, retryWait)
    }
  }

  async #watch (nats: NatsConnection): Promise<void> {
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
  }

  #connected (): void {
    this.#isUp = true
    if (this.#isMissed) this.#log.info('fastify-blocking: the NATS server is there')
    this.#isMissed = false
    this.#events.connected()
  }

  #missed (err: unknown): void {
    if (this.#isMissed || this.#isClosing) return
    this.#isMissed = true
    this.#log.warn({ err }, 'fastify-blocking: there is no NATS server; it is tried again')
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

  /** Of a queue each message goes to one member. To be called once per subject. */
  subscribe (subject: string, receive: (message: Msg) => void, queue?: string): void {
    this.#subscriptions.push([subject, queue, receive])
    if (this.#nats !== undefined) this.#subscribe(subject, queue, receive)
  }

  #subscribe (subject: string, queue: string | undefined, receive: (message: Msg) => void): void {
    this.#nats!.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (error !== null) return this.#log.warn({ err: error }, `fastify-blocking: subject ${subject}`)
        receive(message)
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
