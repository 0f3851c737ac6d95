import { ClientGone } from '../errors.js'
import type { IncomingCall, Lost, Session, Task } from '../executor.js'
import { type HostFrame, type Open, ProtocolError, type ServerFrame } from '../nats/protocol.js'
import type { SessionLink } from '../nats/session-link.js'
import { AbortReason } from '../wire/abort-reason.js'
import { sendOutcome } from '../wire/arguments.js'
import type { LoopCallResult } from '../wire/call-messages.js'
import { commonNow } from '../wire/clock.js'
import { serializeError } from '../wire/error.js'
import type { FromWorker, Opening } from '../wire/messages.js'
import { AwaitedResponses, respondWithError } from './awaited-responses.js'
import { SessionCalls } from './session-calls.js'

/** What a relay needs of the server's sessions on this host. */
export interface RelayOwner {
  /**
   * Opens a session in a thread, now or when there is a place, by `begin` of the relay; or refuses it.
   * `outer`: the one in which it is nested, if it is.
   */
  open (relay: Relay, outer: Session | undefined): void
  /**
   * Times within the opening, and `sentAt`, are those of the server's clock. `validFor`: ms after which the
   * host must not begin it.
   */
  translate (opening: Opening, sentAt: number, validFor: number): Opening
  find (session: number): Relay | undefined
  /** Whether the host leaves. */
  readonly isLeaving: boolean
  /** A session has not ended before the host leaves. */
  cutOff (label: string): void
  /** A session has ended in its thread. */
  freed (): void
  /** Nothing more is to be sent. */
  over (relay: Relay): void
}

/** One session between its server and its thread. */
export class Relay implements Task {
  label = ''
  isTerminable = true
  mayPrefetch = 0
  readonly where = 'any'
  timeLimit = 0
  startedAt: number | undefined
  session: Session | undefined
  #opening: Opening | undefined
  /** The server has aborted the session before all of the opening has come. */
  #isRefused = false
  /** The session has ended in its thread. */
  #isEnded = false
  /** The server is not there, or does not want to know more. */
  #isAbandoned = false
  #limit: NodeJS.Timeout | undefined
  readonly #calls = new SessionCalls()
  readonly #awaited = new AwaitedResponses()
  #decided = (): void => {}

  constructor (
    readonly id: number, readonly owner: RelayOwner, readonly link: SessionLink<HostFrame, ServerFrame>
  ) {}

  /** Throws ProtocolError. */
  receive (bytes: Uint8Array): void {
    const frame = this.link.receive(bytes)
    if (frame === undefined) return this.#leaveIfDrained()
    switch (frame.type) {
      case 'open': return this.#open(frame)
      case 'message':
        this.#awaited.received(frame.message)
        return this.session?.send(frame.message)
      case 'abort':
        if (frame.isCompleting) this.session?.complete()
        return this.#abort((session) => session.abort(frame.reason))
      case 'terminate': return this.#abort((session) => session.terminate(frame.reason))
      case 'decision':
        // Otherwise the abort has come before, by which the thread knows.
        if (frame.reason === AbortReason.none) this.session?.complete()
        return this.#decided()
      case 'called': return this.called(frame.call, frame.outcome)
      case 'part':
      case 'partCredit': // the link's own
    }
  }

  called (number: number, outcome: LoopCallResult['outcome']): void {
    this.#calls.respond(number, outcome)
  }

  /** Whether the thread still waits for the results of calls. */
  get isCalling (): boolean {
    return this.#calls.arePending
  }

  #abort (abort: (session: Session) => void): void {
    if (this.session !== undefined) abort(this.session)
    else if (this.#opening === undefined) this.#isRefused = true
    else if (this.isWaiting) this.refuse()
  }

  #open ({ opening, validFor, timeLimit, isTerminable, mayPrefetch, outer }: Open): void {
    if (this.#opening !== undefined) throw new ProtocolError('a session was opened twice')
    this.#opening = this.owner.translate(opening, this.link.sentAt, validFor)
    this.label = opening.type === 'visit' ? opening.route : `offload ${opening.name}`
    this.timeLimit = timeLimit
    this.isTerminable = isTerminable
    this.mayPrefetch = mayPrefetch
    if (this.#isRefused) return this.refuse()
    const around = outer === undefined ? undefined : this.owner.find(outer)?.session
    if (outer !== undefined && around?.isOpen !== true) {
      return this.lost({ isStarted: true, cause: new Error('the request that called it is over') })
    }
    this.owner.open(this, around)
  }

  /** Whether the session has neither begun nor been refused. */
  get isWaiting (): boolean {
    return this.session === undefined && !this.#isEnded && !this.#isAbandoned
  }

  /** Opens the session by `open`, which returns undefined if there is no place: returns false then. */
  begin (open: (relay: Relay) => Session | undefined): boolean {
    if (commonNow() > this.#opening!.expiresAt!) this.refuse()
    else this.session = open(this)
    return !this.isWaiting
  }

  /** Nobody has begun the session: the server may have another host do it. */
  refuse (): void {
    this.#end()
    this.#send({ type: 'busy' })
    this.owner.over(this)
  }

  /** The session cannot go on here. */
  fail (cause: unknown): void {
    if (!this.#isEnded) this.#sendLost({ isStarted: true, cause })
    this.abandon()
  }

  open (): Opening {
    return this.#opening!
  }

  repair (error: unknown): never {
    throw error
  }

  started (): void {
    this.startedAt = performance.now()
  }

  message (message: FromWorker): void {
    if (this.#isAbandoned) return this.#respondWithError(message)
    this.#awaited.sent(message)
    try {
      this.#send({ type: 'message', message })
    } catch (error) {
      // The server waits for what cannot be sent.
      this.session?.terminate(AbortReason.aborted)
      this.lost({ isStarted: true, cause: error })
    }
  }

  ended (message: FromWorker): void {
    this.#end()
    // A thread may have ended the session before this loop has seen it start.
    const ran = this.startedAt === undefined ? 0 : performance.now() - this.startedAt
    try {
      this.#send({ type: 'ended', message, ran })
    } catch (error) {
      this.#send({ type: 'ended', message: this.#toFailure(message, error), ran })
    }
    this.#leaveIfDrained()
    this.owner.freed()
  }

  #respondWithError (message: FromWorker): void {
    const response = respondWithError(message, new ClientGone(this.label))
    if (response !== undefined) this.session?.send(response)
  }

  #toFailure (message: FromWorker, error: unknown): FromWorker {
    if (message.type !== 'result') return { type: 'failed', error: serializeError(error) }
    let failure: FromWorker = message
    sendOutcome({ thrown: error }, this.label, ({ values }) => {
      failure = { type: 'result', outcome: values }
    })
    return failure
  }

  lost (lost: Lost): void {
    if (this.#isEnded) return
    this.#end()
    this.#sendLost(lost)
    this.#leaveIfDrained()
    this.owner.freed()
  }

  #sendLost ({ isStarted, cause }: Lost): void {
    if (isStarted && this.owner.isLeaving) this.owner.cutOff(this.label)
    this.#send({
      type: 'lost',
      isStarted,
      isGivenUp: this.session?.isGivenUp === true,
      isLeaving: this.owner.isLeaving,
      cause: cause === undefined ? undefined : serializeError(cause)
    })
  }

  #end (): void {
    this.#isEnded = true
    clearTimeout(this.#limit)
    this.#decided()
  }

  #leaveIfDrained (): void {
    if (this.#isEnded && this.link.isDrained) this.owner.over(this)
  }

  /** The server decides; it has aborted the session before, or lets it complete. */
  async decide (): Promise<void> {
    if (this.#isAbandoned) return
    this.#send({ type: 'completing' })
    await new Promise<void>((resolve) => { this.#decided = resolve })
  }

  /** The thread calls the loop, which is on the server. */
  call (incoming: IncomingCall): void {
    const { call, isSync } = incoming
    this.#calls.forward(
      incoming, (number) => this.#send({ type: 'call', number, call, isSync }), this.#isAbandoned
    )
  }

  runInAsyncScope<Result> (run: () => Result): Result {
    return run()
  }

  #send (frame: HostFrame): void {
    if (!this.#isAbandoned) this.link.send(frame)
  }

  /**
   * The server does not know the session any more. The handler learns it as from a client that has hung up,
   * and has the rest of its time.
   */
  abandon (): void {
    this.#isAbandoned = true
    if (this.#isEnded) return this.owner.over(this)
    this.#isRefused = true
    this.#calls.refuseAll()
    this.owner.over(this)
    const { session, startedAt = performance.now() } = this
    if (session === undefined) return
    session.abort(AbortReason.clientGone)
    for (const message of this.#awaited.break(new ClientGone(this.label))) session.send(message)
    // The visit cannot commit: its server has said nothing of it.
    this.#decided()
    if (this.timeLimit === 0) return
    const rest = Math.max(0, this.timeLimit - (performance.now() - startedAt))
    this.#limit = setTimeout(() => session.terminate(AbortReason.timeout), rest)
  }
}
