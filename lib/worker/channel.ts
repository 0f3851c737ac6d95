import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { AbortReason } from '../wire/abort-reason.js'
import type { Transferable } from '../wire/arguments.js'
import { BufferPool } from '../wire/buffer-pool.js'
import type { LoopCall, LoopCallResult } from '../wire/call-messages.js'
import { commonNow } from '../wire/clock.js'
import type { LoggerCall, LogLine } from '../wire/log-messages.js'
import { type FromWorker, isLast, type Opening, type ToWorker } from '../wire/messages.js'
import {
  markCompleting, markStarted, markWithdrawn, readAbortReason, readDecision, waitForAbort, wakeWaiters
} from '../wire/shared-cells.js'
import {
  type SessionEnvelope, type FromThread, isThreadCellSet, type Leave, type LoopCallEnvelope, type Nested,
  type Retire, type SyncChannel, ThreadCell, type ThreadData, type ThreadNotice, type ToThread, writeHeapUsed
} from '../wire/thread-messages.js'
import { currentWorkerData } from '../wire/worker-data.js'
import type { SessionReceiver, WorkerChannel, WorkerHandlers, WorkerSession } from './session.js'

/** The thread's end of a ThreadChannel, see threads/thread-channel.ts. */
export class PortChannel implements WorkerChannel {
  readonly bufferPool = new BufferPool()
  /** Receives messages for the thread itself, also while the app is being built. */
  onThreadMessage: (message: Retire | Leave) => void = () => {}
  readonly #port: MessagePort
  readonly #sessionCells: Int32Array
  readonly #threadCells: Int32Array
  #handlers: WorkerHandlers | undefined
  /** Messages of sessions and announcements that have come before the app was built. */
  #early: ToThread[] = []
  /** The latest session of each slot, by the number of the slot. */
  readonly #sessions: PortSession[] = []
  readonly #nested = new Map<number, PortSession>()
  /** The session that has started last; nested ones do not count. */
  #latest: PortSession | undefined
  /** Prefetched sessions, in order: each starts when the session before it is over. */
  readonly #prefetched: SessionEnvelope<Opening>[] = []
  /** The thread's end of the channel on which the loop responds while the thread is blocked. */
  #syncChannel: SyncChannel | undefined
  /** The loop's end of that channel, until it is sent. */
  #remoteEnd: SyncChannel | undefined

  constructor (
    port: MessagePort, { sessionCells, threadCells }: Pick<ThreadData, 'sessionCells' | 'threadCells'>
  ) {
    this.#port = port
    this.#sessionCells = sessionCells
    this.#threadCells = threadCells
    port.on('message', (message: ToThread) => this.#receive(message))
  }

  get isBusy (): boolean {
    return [...this.#sessions, ...this.#nested.values()].some((session) => session?.isOver === false)
  }

  get isRetired (): boolean {
    return isThreadCellSet(this.#threadCells, ThreadCell.isRetired)
  }

  serve (handlers: WorkerHandlers): void {
    this.#handlers = handlers
    const early = this.#early
    this.#early = []
    for (const message of early) this.#receive(message)
  }

  /** Ends the session as far as it can be ended. */
  giveUp (id: number): void {
    this.#find(id)?.receiver?.giveUp()
  }

  noteHeapUsed (bytes: number): void {
    writeHeapUsed(this.#threadCells, bytes)
  }

  log (line: LogLine): void {
    this.#postToLoop({ line })
  }

  notify (notice: ThreadNotice): void {
    this.#postToLoop(notice)
  }

  ref (): void {
    this.#port.ref()
  }

  unref (): void {
    this.#port.unref()
  }

  call (
    call: LoopCall | LoggerCall, session: WorkerSession | undefined, transferList: readonly Transferable[]
  ): void {
    this.#postToLoop({ call, session: idOf(session), isSync: false }, transferList)
  }

  callSync (
    call: LoopCall | LoggerCall, session: WorkerSession | undefined, transferList: readonly Transferable[],
    findError: () => unknown
  ): LoopCallResult {
    const { port, wakeCounter } = this.#syncChannel ??= this.#openSyncChannel()
    const envelope: LoopCallEnvelope = { call, session: idOf(session), isSync: true }
    if (this.#remoteEnd === undefined) this.#postToLoop(envelope, transferList)
    else this.#postToLoop({ ...envelope, channel: this.#remoteEnd }, [...transferList, this.#remoteEnd.port])
    this.#remoteEnd = undefined
    while (true) {
      // Read the counter before the port: a wake-up in between would otherwise be missed.
      const seen = Atomics.load(wakeCounter, 0)
      const result = findResult(port, call.id)
      if (result !== undefined) return result
      const error = findError()
      if (error !== undefined) throw error
      Atomics.wait(wakeCounter, 0, seen)
    }
  }

  #openSyncChannel (): SyncChannel {
    const { port1, port2 } = new MessageChannel()
    const wakeCounter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    this.#remoteEnd = { port: port2, wakeCounter }
    return { port: port1, wakeCounter }
  }

  #receive (message: ToThread): void {
    const isOfThread = !Array.isArray(message) && ('retire' in message || 'leave' in message)
    if (isOfThread) return this.onThreadMessage(message)
    if (!Array.isArray(message) && 'decided' in message) return this.#find(message.decided)?.decided()
    if (this.#handlers === undefined) this.#early.push(message)
    else if (Array.isArray(message)) this.#receiveForSession(message)
    else if (message.type === 'loopCallResult') this.#handlers.called(message)
    else this.#handlers.announced(message)
  }

  #receiveForSession (envelope: SessionEnvelope<Opening | ToWorker>): void {
    const [id, message, isPrefetched, recycled, nested] = envelope
    if (recycled !== undefined) for (const buffer of recycled) this.bufferPool.add(buffer)
    if (message.type !== 'visit' && message.type !== 'call') return this.#find(id)?.receiver?.receive(message)
    const mustWait = this.#prefetched.length > 0 || this.#latest?.isOver === false
    if (isPrefetched === true && mustWait) this.#prefetched.push([id, message])
    else this.#start(id, message, nested)
  }

  #start (id: number, open: Opening, nested: Nested | undefined): void {
    const [cells, index] = nested === undefined ? [this.#sessionCells, id] : [nested.cells, 0]
    // The whole process may have stood still since its loop has looked.
    const isLate = open.expiresAt !== undefined && commonNow() > open.expiresAt
    if (isLate && markWithdrawn(cells, index)) return this.#postToLoop({ expired: id })
    if (!markStarted(cells, index)) return this.#postToLoop({ withdrawn: id })
    // An outer session that is over has given its slot to another one by now.
    const outer = nested === undefined ? undefined : this.#sessions[nested.outer]
    const session = new PortSession(id, cells, index, outer?.isOver === false ? outer : undefined, this)
    if (nested === undefined) this.#latest = this.#sessions[id] = session
    else this.#nested.set(id, session)
    const handlers = this.#handlers!
    const receiver = open.type === 'visit'
      ? handlers.openVisit(open, session)
      : handlers.openCall(open, session)
    if (!session.isOver) session.receiver = receiver
  }

  #find (id: number): PortSession | undefined {
    return this.#sessions[id] ?? this.#nested.get(id)
  }

  postFromSession (session: number, message: FromWorker, transfer?: readonly Transferable[]): void {
    this.#postToLoop([session, message], transfer)
  }

  askToComplete (session: number): void {
    this.#postToLoop({ completing: session })
  }

  #postToLoop (message: FromThread, transfer?: readonly Transferable[]): void {
    if (transfer === undefined) this.#port.postMessage(message)
    else this.#port.postMessage(message, transfer)
  }

  /**
   * Called when a session is over. The next prefetched session starts a turn of the event loop later: what
   * the ended one does at its end comes first.
   */
  ended (id: number): void {
    this.#nested.delete(id)
    if (this.#prefetched.length > 0) setImmediate(this.#startPrefetched)
  }

  readonly #startPrefetched = (): void => {
    while (this.#prefetched.length > 0 && this.#latest!.isOver) {
      const [id, open] = this.#prefetched.shift()!
      this.#start(id, open, undefined)
    }
  }
}

class PortSession implements WorkerSession {
  isOver = false
  receiver: SessionReceiver | undefined
  #reasonAtEnd = AbortReason.none
  #onDecided = (): void => {}

  constructor (
    readonly id: number, readonly cells: Int32Array, readonly index: number,
    readonly outer: PortSession | undefined, readonly channel: PortChannel
  ) {}

  get abortReason (): AbortReason {
    if (this.isOver) return this.#reasonAtEnd
    return readAbortReason(this.cells, this.index) || (this.outer?.abortReason ?? AbortReason.none)
  }

  get decision (): AbortReason {
    return this.isOver ? AbortReason.none : readDecision(this.cells, this.index)
  }

  complete (): boolean | Promise<boolean> {
    if (this.isOver) return true
    if (currentWorkerData?.isRemote !== true) return markCompleting(this.cells, this.index)
    return new Promise((resolve) => {
      this.#onDecided = () => resolve(this.isOver || markCompleting(this.cells, this.index))
      this.channel.askToComplete(this.id)
    })
  }

  decided (): void {
    this.#onDecided()
  }

  watchAbort (callback: () => void): void {
    waitForAbort(this.cells, this.index).then(callback)
    this.outer?.watchAbort(callback)
  }

  send (message: FromWorker, transfer?: readonly Transferable[]): void {
    if (this.isOver) return
    if (!isLast(message)) return this.channel.postFromSession(this.id, message, transfer)
    // Read before the loop can give the cells to another session.
    const reason = this.abortReason
    this.channel.postFromSession(this.id, message, transfer)
    this.#reasonAtEnd = reason
    this.isOver = true
    // The latest session of a slot stays known: its request, with the body, is garbage from now on.
    this.receiver = undefined
    wakeWaiters(this.cells, this.index)
    this.channel.ended(this.id)
  }
}

function idOf (session: WorkerSession | undefined): number | undefined {
  return session instanceof PortSession && !session.isOver ? session.id : undefined
}

/** Skips results with other ids: these are results of calls that have thrown while the thread waited. */
function findResult (port: MessagePort, id: number): LoopCallResult | undefined {
  for (let entry = receiveMessageOnPort(port); entry !== undefined; entry = receiveMessageOnPort(port)) {
    const message = entry.message as LoopCallResult
    if (message.id === id) return message
  }
  return undefined
}
