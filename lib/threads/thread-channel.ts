import { debuglog } from 'node:util'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { AsyncScope, IncomingCall, Session, Task } from '../executor.js'
import { AbortReason } from '../wire/abort-reason.js'
import type { Transferable } from '../wire/arguments.js'
import { BufferPool } from '../wire/buffer-pool.js'
import type { LoopCallResult } from '../wire/call-messages.js'
import type { LogLine } from '../wire/log-messages.js'
import { type Announcement, type FromWorker, isLast, type Opening, type ToWorker } from '../wire/messages.js'
import {
  createCells, hasStarted, hasTerminalReason, markCompleting, markWithdrawn, readDecision, resetCells,
  setAbortReason
} from '../wire/shared-cells.js'
import type {
  FromThread, Leave, LoopCallEnvelope, Retire, SessionEnvelope, SyncChannel, ThreadNotice, ToThread
} from '../wire/thread-messages.js'
import { SlotTable } from './slot-table.js'
import { type SessionChannel, type SessionOwner, ThreadSession } from './thread-session.js'

/** Prints slots and messages where NODE_DEBUG names it. */
const debug = debuglog('fastify-blocking')

/** Events of the channel that are not for a session. */
export interface ChannelEvents extends SessionOwner {
  called (call: IncomingCall): void
  logged (line: LogLine): void
  /** The event loop has received messages of the thread. */
  received (): void
  /** A visit or a call starts. */
  started (): void
  /** A slot has become free otherwise than by the end of its session. */
  freed (): void
  /** Every slot is free. */
  idle (): void
  noticed (notice: ThreadNotice): void
  /** The other end of the port is gone. */
  closed (): void
}

/** The sessions of one thread, on a port. */
export class ThreadChannel implements SessionChannel {
  /** Cells of the sessions that have a slot, by slot; see wire/shared-cells.ts. */
  readonly cells: Int32Array
  /** For the debug log; undefined if there could be no thread. */
  threadId: number | undefined
  /** Called when a session has ended; set while the thread is to leave. */
  onSessionEnd: (() => void) | undefined
  readonly #port: MessagePort
  readonly #events: ChannelEvents
  readonly #slots: SlotTable
  /** Sessions by their slot, those given up too, until the worker has ended them. */
  readonly #sessions: (ThreadSession | undefined)[]
  /** Sessions that run in the slot of another one, by id. */
  readonly #nested = new Map<number, ThreadSession>()
  #lastId: number
  readonly #bufferPool = new BufferPool()
  #syncChannel: SyncChannel | undefined

  /** `concurrency`: how many sessions the thread may run at once. */
  constructor (port: MessagePort, concurrency: number, events: ChannelEvents) {
    this.#port = port
    this.#events = events
    this.#slots = new SlotTable(concurrency)
    this.#lastId = this.#slots.slots - 1
    this.#sessions = Array.from({ length: this.#slots.slots }, () => undefined)
    this.cells = createCells(this.#slots.slots)
    port.on('message', (message: FromThread) => {
      this.#receive(message)
      events.received()
    })
    port.on('close', events.closed)
    port.unref()
  }

  get isIdle (): boolean {
    return this.#slots.isIdle
  }

  /** Slots that may be taken. */
  get free (): number {
    return this.#slots.free
  }

  /** Sessions that wait in the thread for the running one. */
  get prefetched (): number {
    return this.#slots.prefetchedCount
  }

  mayPrefetch (now: number): boolean {
    return this.#slots.mayPrefetch(now)
  }

  /**
   * Opens a session in a free slot; `allowsPrefetch`: others may be sent after it. Throws as Executor.open.
   */
  open (task: Task, allowsPrefetch: boolean): Session {
    this.#events.started()
    return this.#open(this.#slots.take(allowsPrefetch), task, false)
  }

  /** Opens a session that waits for the running one. */
  prefetch (task: Task): Session {
    return this.#open(this.#slots.takePrefetched(), task, true)
  }

  #open (slot: number, task: Task, isPrefetched: boolean): Session {
    const session = new ThreadSession(slot, slot, this.cells, slot, task, this, this.#events)
    try {
      if (!isPrefetched) session.started()
      const open = task.open()
      resetCells(this.cells, slot)
      this.#postOpening(isPrefetched ? [slot, open, isPrefetched] : [slot, open], task)
    } catch (error) {
      this.#release(slot)
      throw error
    }
    this.#sessions[slot] = session
    // The process stays while anybody waits for the session.
    this.#port.ref()
    return session
  }

  /** Opens a session in the slot of another one. */
  nest (outer: number, task: Task): Session {
    const id = ++this.#lastId
    const cells = createCells(1)
    const session = new ThreadSession(id, outer, cells, 0, task, this, this.#events)
    this.#postOpening([id, task.open(), false, undefined, { cells, outer }], task)
    this.#nested.set(id, session)
    this.#port.ref()
    return session
  }

  /** A session whose first message cannot be cloned is repaired, and sent once more. */
  #postOpening (envelope: SessionEnvelope<Opening>, task: Task): void {
    try {
      this.#post(envelope, task.transferList)
    } catch (error) {
      task.repair(error)
      this.#post(envelope, task.transferList)
    }
  }

  send (session: number, message: ToWorker, transfer?: readonly ArrayBuffer[]): void {
    this.#post([session, message], transfer)
  }

  /** Takes along the buffers that the worker may fill again. */
  #post (envelope: SessionEnvelope<Opening | ToWorker>, transfer?: readonly Transferable[]): void {
    if (debug.enabled) {
      debug('thread %d, session %d: <- %s', this.threadId, envelope[0], describeMessage(envelope))
    }
    const recycled = this.#bufferPool.takeAll()
    if (recycled === undefined) {
      if (transfer === undefined) this.#port.postMessage(envelope)
      else this.#port.postMessage(envelope, transfer)
      return
    }
    const [session, message, isPrefetched, , nested] = envelope
    try {
      const transferList = [...transfer ?? [], ...recycled]
      this.#port.postMessage([session, message, isPrefetched, recycled, nested], transferList)
    } catch (error) {
      for (const buffer of recycled) this.#bufferPool.add(buffer)
      throw error
    }
  }

  recycle (buffer: ArrayBuffer): void {
    this.#bufferPool.add(buffer)
  }

  /** A worker that boots receives the announcement before any session that is opened later. */
  announce (message: Announcement): void {
    this.#port.postMessage(message satisfies ToThread)
  }

  /** Wakes a thread that waits for the result of a call, so that the thread looks whether it is retired. */
  post (message: Retire | Leave): void {
    this.#port.postMessage(message satisfies ToThread)
    this.#wake()
  }

  #respond (result: LoopCallResult, isSync: boolean, transferList: readonly Transferable[]): void {
    const port = isSync ? this.#syncChannel!.port : this.#port
    port.postMessage(result, transferList)
    if (isSync) this.#wake()
  }

  abort ({ id, cells, index }: ThreadSession, reason: AbortReason, isForced: boolean): boolean {
    const isDecided = setAbortReason(cells, index, reason, isForced)
    if (debug.enabled) debug('thread %d, session %d: aborted, %s', this.threadId, id, AbortReason[reason])
    this.#wake()
    return isDecided
  }

  abortAll (reason: AbortReason): void {
    for (const session of this.#openSessions) this.abort(session, reason, false)
  }

  complete ({ cells, index }: ThreadSession): AbortReason {
    return markCompleting(cells, index) ? AbortReason.none : readDecision(cells, index)
  }

  withdraw (session: ThreadSession): boolean {
    const { slot } = session
    const isWithdrawn = this.#slots.isPrefetched(slot) && this.#tryWithdraw(slot) !== undefined
    if (isWithdrawn) session.lose(withdrawn)
    return isWithdrawn
  }

  /** Prefetched sessions go back to the queue if the running one takes its time. */
  withdrawOverdue (now: number): void {
    if (this.#slots.isOverdue(now)) this.withdrawAll()
  }

  /**
   * Withdraws the newest first: the thread may be starting one of them at this moment, and would otherwise
   * start a newer session before an older one.
   */
  withdrawAll (): void {
    const sessions = this.#slots.prefetchedSlots.reverse().map((slot) => this.#tryWithdraw(slot)).reverse()
    for (const session of sessions) session?.lose(withdrawn)
  }

  /** Undefined if the session has started. */
  #tryWithdraw (slot: number): ThreadSession | undefined {
    if (!markWithdrawn(this.cells, slot)) return undefined
    this.#slots.withdraw(slot)
    const session = this.#sessions[slot]
    this.#sessions[slot] = undefined
    return session
  }

  /** The async scopes of open sessions. */
  get scopes (): AsyncScope[] {
    return this.#openSessions.flatMap(({ scope }) => scope ?? [])
  }

  get #openSessions (): ThreadSession[] {
    const sessions = [...this.#sessions, ...this.#nested.values()]
    return sessions.flatMap((session) => session?.isOpen === true ? session : [])
  }

  /**
   * Sessions that must end and have not. `giveUp` ends those that are still open as lost; each keeps its slot
   * until the worker has ended it.
   */
  overdue (): { ids: number[], labels: string[], giveUp: (cause: unknown) => void } {
    const found = this.#openSessions.filter(({ cells, index }) => hasTerminalReason(cells, index))
    return {
      ids: found.map(({ id }) => id),
      labels: found.map(({ scope }) => scope!.label),
      giveUp: (cause) => {
        for (const session of found) if (session.isOpen) session.giveUp(cause)
        this.onSessionEnd?.()
      }
    }
  }

  /**
   * Receives what has come, before the event loop does. Bounded by the sessions there are: each answer may
   * cause a new session, and so a new message.
   */
  drainPending (): void {
    for (let sessions = this.#slots.taken; sessions > 0; sessions--) {
      const entry = receiveMessageOnPort(this.#port)
      if (entry === undefined) return
      this.#receive(entry.message)
    }
  }

  #receive (envelope: FromThread): void {
    if (Array.isArray(envelope)) return this.#receiveOf(envelope)
    if ('line' in envelope) return this.#events.logged(envelope.line)
    if ('call' in envelope) return this.#events.called(this.#incoming(envelope))
    if ('thread' in envelope) return this.#events.noticed(envelope)
    this.#slots.releaseWithdrawn(envelope.withdrawn)
    this.#checkIdle()
  }

  #receiveOf ([id, message]: SessionEnvelope<FromWorker>): void {
    const session = this.#find(id)!
    if (debug.enabled) debug('thread %d, session %d: -> %s', this.threadId, id, message.type)
    if (!isLast(message)) return session.receive(message)
    if (!session.isNested) {
      this.#release(session.slot)
      return session.end(message)
    }
    this.#nested.delete(id)
    const isLastOfSlot = this.#sessions[session.slot] === undefined && !this.#hasNested(session.slot)
    // The session in which the call ran has ended before.
    if (isLastOfSlot) this.#releaseSlot(session.slot)
    session.end(message)
    this.onSessionEnd?.()
    if (isLastOfSlot) this.#events.freed()
  }

  #find (id: number): ThreadSession | undefined {
    return id < this.#sessions.length ? this.#sessions[id] : this.#nested.get(id)
  }

  #hasNested (slot: number): boolean {
    if (this.#nested.size === 0) return false
    for (const session of this.#nested.values()) if (session.slot === slot) return true
    return false
  }

  #incoming ({ call, session: id, isSync, channel }: LoopCallEnvelope): IncomingCall {
    this.#syncChannel ??= channel
    const session = id === undefined ? undefined : this.#find(id)
    return {
      call,
      isSync,
      session,
      scope: session?.scope,
      respond: (outcome, transferList) => {
        this.#respond({ type: 'loopCallResult', id: call.id, outcome }, isSync, transferList)
      }
    }
  }

  /** A nested session that outlives the one with the slot keeps the slot. */
  #release (slot: number): void {
    this.#sessions[slot] = undefined
    const next = this.#slots.end(slot)
    if (next !== undefined) {
      this.#events.started()
      this.#sessions[next]?.started()
    }
    if (!this.#hasNested(slot)) this.#releaseSlot(slot)
    this.onSessionEnd?.()
  }

  #releaseSlot (slot: number): void {
    this.#slots.release(slot)
    if (debug.enabled) debug('thread %d: slot %d is free', this.threadId, slot)
    this.#checkIdle()
  }

  #checkIdle (): void {
    if (!this.isIdle) return
    this.#events.idle()
    this.#port.unref()
  }

  /** A thread that waits for the result of a call looks whether it has a reason to stop. */
  #wake (): void {
    if (this.#syncChannel === undefined) return
    Atomics.add(this.#syncChannel.wakeCounter, 0, 1)
    Atomics.notify(this.#syncChannel.wakeCounter, 0)
  }

  /** The thread is gone: what it has still sent counts. */
  drain (): void {
    this.#port.off('close', this.#events.closed)
    while (true) {
      const entry = receiveMessageOnPort(this.#port)
      if (entry === undefined) break
      this.#receive(entry.message)
    }
    this.#port.close()
    this.#syncChannel?.port.close()
  }

  /** The thread is gone: sessions that have not started may start elsewhere, the others are lost. */
  drop (cause: unknown): void {
    this.#slots.close()
    const nested = [...this.#nested.values()]
    this.#nested.clear()
    const slots = nested.map(({ slot }) => slot)
    const remaining = new Set(slots.filter((slot) => this.#sessions[slot] === undefined))
    for (const session of this.#sessions) {
      if (session === undefined) continue
      this.#release(session.slot)
      session.lose({ isStarted: hasStarted(this.cells, session.slot), cause })
    }
    for (const slot of remaining) this.#releaseSlot(slot)
    for (const session of nested) session.lose({ isStarted: true, cause })
  }
}

const withdrawn = { isStarted: false, cause: undefined }

function describeMessage ([, message, isPrefetched, , nested]: SessionEnvelope<Opening | ToWorker>): string {
  if (message.type !== 'visit' && message.type !== 'call') return message.type
  const name = message.type === 'visit' ? message.route : `offload ${message.name}`
  if (nested !== undefined) return `open ${name}, in slot ${nested.outer}`
  return `open ${name}${isPrefetched === true ? ', prefetched' : ''}`
}
