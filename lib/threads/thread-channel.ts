import { debuglog } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import type { AsyncScope, IncomingCall, Run, RunCallback, Session, Task } from '../executor.js'
import { AbortReason } from '../wire/abort-reason.js'
import { isCloneable } from '../wire/cloneable.js'
import type { LogLine } from '../wire/log-messages.js'
import { type Announcement, type FromWorker, isLast, type Opening, type ToWorker } from '../wire/messages.js'
import { createCells } from '../wire/shared-cells.js'
import type {
  FromThread, Leave, LoopCallEnvelope, Retire, SessionEnvelope, ThreadNotice
} from '../wire/thread-messages.js'
import { SessionTable } from './session-table.js'
import { SlotTable } from './slot-table.js'
import { ThreadPort } from './thread-port.js'
import {
  type SessionChannel, type SessionEvents, type SessionOwner, ThreadSession
} from './thread-session.js'

/** Prints slots and messages where NODE_DEBUG names it. */
const debug = debuglog('fastify-blocking')

/** Events of the channel, for the pool. */
export interface ChannelEvents extends SessionEvents {
  called (call: IncomingCall): void
  /** The thread has logged a line that belongs to no session. */
  logged (line: LogLine): void
  /** The event loop has received messages of the thread. */
  received (): void
  /** The last nested session in a slot whose own session has ended is over: the slot is free. */
  freed (): void
  /** See Executor.onRun(). */
  ran: RunCallback | undefined
}

/** The thread, as its channel knows it. */
export interface ChannelOwner extends SessionOwner {
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
  /** See Thread.id. */
  threadId = -1
  /** How many sessions with a slot of their own the loop has started. */
  startedCount = 0
  readonly #port: ThreadPort
  readonly #slots: SlotTable
  readonly #sessions: SessionTable

  /** `concurrency`: how many sessions the thread may run at once. */
  constructor (
    port: MessagePort, concurrency: number, readonly events: ChannelEvents, readonly owner: ChannelOwner
  ) {
    this.#port = new ThreadPort(port, this, owner.closed)
    this.#slots = new SlotTable(concurrency)
    this.#sessions = new SessionTable(this.#slots.size)
    this.cells = createCells(this.#slots.size)
  }

  get isIdle (): boolean {
    return this.#slots.isIdle
  }

  /** How many sessions may be opened that start at once. */
  get available (): number {
    return this.#slots.available
  }

  /** Sessions that wait in the thread for the running one. */
  get prefetched (): number {
    return this.#slots.prefetchedCount
  }

  mayPrefetch (now: number): boolean {
    return this.#slots.mayPrefetch(now)
  }

  get openSessions (): ThreadSession[] {
    return this.#sessions.open
  }

  /** Sessions with a slot of their own that the thread has. */
  get runs (): Run[] {
    return this.#sessions.withSlot.flatMap(({ run }) => run ?? [])
  }

  /** Sessions that must end, and do not. */
  get overdueRuns (): Run[] {
    return this.#sessions.all.filter(({ mustEnd }) => mustEnd).flatMap(({ run }) => run ?? [])
  }

  get overdueLabels (): string[] {
    return [...new Set(this.overdueRuns.map(({ label }) => label))]
  }

  /** The async scopes of the open sessions. */
  get scopes (): AsyncScope[] {
    return this.openSessions.map(({ scope }) => scope!)
  }

  /**
   * Opens a session in a free slot; `allowsPrefetch`: others may be sent after it. Throws as Executor.open.
   */
  open (task: Task, allowsPrefetch: boolean): Session {
    return this.#open(this.#slots.allocate(allowsPrefetch), task, false)
  }

  /** Opens a session that waits for the running one. */
  prefetch (task: Task): Session {
    return this.#open(this.#slots.allocatePrefetched(), task, true)
  }

  #open (slot: number, task: Task, isPrefetched: boolean): Session {
    const session = new ThreadSession(slot, slot, this.cells, slot, task, this)
    this.#sessions.add(session)
    try {
      if (!isPrefetched) this.#start(session)
      const opening = task.open()
      this.#postOpening(isPrefetched ? [slot, opening, isPrefetched] : [slot, opening], task)
    } catch (error) {
      this.#remove(session)
      throw error
    }
    return session
  }

  #start (session: ThreadSession): void {
    this.startedCount++
    session.started()
  }

  /** Opens a session in the slot of another one. */
  nest (slot: number, task: Task): Session {
    const id = this.#sessions.nextId()
    const cells = createCells(1)
    const session = new ThreadSession(id, slot, cells, 0, task, this)
    this.#postOpening([id, task.open(), false, undefined, { cells, outer: slot }], task)
    this.#sessions.add(session)
    return session
  }

  /** A session whose first message cannot be cloned is repaired, and sent once more. */
  #postOpening (envelope: SessionEnvelope<Opening>, task: Task): void {
    if (debug.enabled) {
      debug('thread %d, session %d: <- %s', this.threadId, envelope[0], describeOpening(envelope))
    }
    try {
      this.#port.postToSession(envelope, task.transferList)
    } catch (error) {
      task.repair(error, isCloneable)
      this.#port.postToSession(envelope, task.transferList)
    }
    // Keeps the process alive while a session is open.
    this.#port.ref()
  }

  send (id: number, message: ToWorker, transfer?: readonly ArrayBuffer[]): void {
    if (debug.enabled) debug('thread %d, session %d: <- %s', this.threadId, id, message.type)
    this.#port.postToSession([id, message], transfer)
  }

  recycle (buffer: ArrayBuffer): void {
    this.#port.recycle(buffer)
  }

  aborted (id: number, reason: AbortReason): void {
    if (debug.enabled) debug('thread %d, session %d: aborted, %s', this.threadId, id, AbortReason[reason])
    this.#port.wake()
  }

  /** A worker that boots receives the announcement before any session that is opened later. */
  announce (message: Announcement): void {
    this.#port.post(message)
  }

  /** Wakes a thread that waits for the result of a call, so that the thread looks whether it is retired. */
  post (message: Retire | Leave): void {
    this.#port.post(message)
    this.#port.wake()
  }

  withdraw (session: ThreadSession): boolean {
    const isWithdrawn = this.#slots.isPrefetched(session.slot) && this.#tryWithdraw(session)
    if (isWithdrawn) session.withdrawn()
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
    const prefetched = this.#slots.prefetchedSlots.map((slot) => this.#sessions.find(slot)!)
    const withdrawn = prefetched.reverse().filter((session) => this.#tryWithdraw(session))
    for (const session of withdrawn.reverse()) session.withdrawn()
  }

  /** False if the session has started. */
  #tryWithdraw (session: ThreadSession): boolean {
    if (!session.markWithdrawn()) return false
    this.#slots.withdraw(session.slot)
    this.#sessions.delete(session)
    return true
  }

  /**
   * Receives what has come, before the event loop does. Bounded by the sessions there are: each answer may
   * cause a new session, and so a new message.
   */
  receivePending (): void {
    this.#port.receivePending(this.#slots.used)
  }

  /** Called by the port. */
  receive (envelope: FromThread): void {
    if (Array.isArray(envelope)) return this.#receiveFromSession(envelope)
    if ('line' in envelope) return this.events.logged(envelope.line)
    if ('call' in envelope) return this.events.called(this.#incoming(envelope))
    if ('thread' in envelope) return this.owner.noticed(envelope)
    if ('completing' in envelope) return this.#decide(envelope.completing)
    if ('expired' in envelope) return this.#expire(envelope.expired)
    this.#slots.releaseWithdrawn(envelope.withdrawn)
    this.#unrefIfIdle()
  }

  #expire (id: number): void {
    const session = this.#sessions.find(id)!
    const isFreed = this.#remove(session)
    session.withdrawn()
    if (isFreed && session.isNested) this.events.freed()
  }

  /** The thread is told in any case: what has been decided is in the cell, for a session that is lost too. */
  #decide (id: number): void {
    const decided = (): void => this.#port.post({ decided: id })
    const session = this.#sessions.find(id)
    if (session === undefined) decided()
    else session.decide().then(decided, decided)
  }

  /** Called by the port when the event loop has received a message. */
  received (): void {
    this.events.received()
  }

  #receiveFromSession ([id, message]: SessionEnvelope<FromWorker>): void {
    const session = this.#sessions.find(id)!
    if (debug.enabled) debug('thread %d, session %d: -> %s', this.threadId, id, message.type)
    if (!isLast(message)) return session.receive(message)
    if (this.events.ran !== undefined) this.#tellRun(session, session.isGivenUp)
    const isFreed = this.#remove(session)
    session.end(message)
    if (isFreed && session.isNested) this.events.freed()
  }

  #tellRun (session: ThreadSession, isLost: boolean): void {
    const { run } = session
    if (run !== undefined && !session.isNested) this.events.ran!(this.threadId, run, isLost)
  }

  /**
   * The session has ended. Returns whether its slot is free now: not while another session runs in the slot.
   */
  #remove (session: ThreadSession): boolean {
    const { slot } = session
    this.#sessions.delete(session)
    if (!session.isNested) this.#startNext(slot)
    if (this.#sessions.isUsed(slot)) return false
    this.#slots.release(slot)
    if (debug.enabled) debug('thread %d: slot %d is free', this.threadId, slot)
    this.#unrefIfIdle()
    return true
  }

  #startNext (slot: number): void {
    const next = this.#slots.end(slot)
    if (next !== undefined) this.#start(this.#sessions.find(next)!)
  }

  #incoming ({ call, session: id, isSync, channel }: LoopCallEnvelope): IncomingCall {
    if (channel !== undefined) this.#port.openSyncChannel(channel)
    const session = id === undefined ? undefined : this.#sessions.find(id)
    return {
      call,
      isSync,
      session,
      scope: session?.scope,
      respond: (outcome, transferList) => {
        this.#port.respond({ type: 'loopCallResult', id: call.id, outcome }, isSync, transferList)
      }
    }
  }

  #unrefIfIdle (): void {
    if (!this.isIdle) return
    this.owner.idle()
    this.#port.unref()
  }

  /**
   * The thread is gone: what it has still sent counts. All sessions are lost; those that have not started are
   * queued again.
   */
  close (cause: unknown): void {
    this.#port.close()
    if (this.events.ran !== undefined) {
      for (const session of this.#sessions.withSlot) if (session.hasBegun) this.#tellRun(session, true)
    }
    const lost = this.openSessions
    this.#sessions.clear()
    this.#slots.clear()
    this.owner.idle()
    for (const session of lost) session.lose(cause)
  }
}

function describeOpening ([, message, isPrefetched, , nested]: SessionEnvelope<Opening>): string {
  const name = message.type === 'visit' ? message.route : `offload ${message.name}`
  if (nested !== undefined) return `open ${name}, in slot ${nested.outer}`
  return `open ${name}${isPrefetched === true ? ', prefetched' : ''}`
}
