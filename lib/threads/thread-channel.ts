import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { LoopCall, CallResult, SyncChannel, LoopCallResult } from '../wire/call-messages.js'
import type { Leave, Retire, ThreadNotice } from '../wire/thread-messages.js'
import { deserializeError } from '../wire/error.js'
import { resetCells, createSlotCells, AbortReason, hasStarted, hasTerminalReason, markCompleting, markWithdrawn, setAbortReason, readDecision } from '../wire/shared-cells.js'
import type { Announcement, Answer, Done, End, Failed, Flow, Left, LogLine, Open, Over, Part, Recalled, Return, Turn } from '../wire/messages.js'
import { BufferPool } from '../wire/buffer-pool.js'
import type { Transferable } from '../wire/arguments.js'
import type { AsyncScope, Caller, OwnCall, Visitor } from '../executor.js'
import { SlotTable } from './slot-table.js'
import { PendingCalls } from './pending-calls.js'

/** What is not for a visit or a call. */
export interface ChannelEvents {
  asked (ask: LoopCall): void
  logged (line: LogLine): void
  /** The event loop has come to what the thread has sent. */
  received (): void
  /** A visit or a call has its turn. */
  started (): void
  /** A slot has become free that no visit has given back. */
  freed (): void
  /** Nobody has a slot. */
  idle (): void
  /** Of the thread itself. */
  news (news: ThreadNotice): void
  /** The other end of the port is gone. */
  closed (): void
}

/** Visits and calls between the loop and one thread, on a port. */
export class ThreadChannel {
  /** Cells for each slot, see wire/shared-cells.ts. */
  readonly cells: Int32Array
  readonly #port: MessagePort
  readonly #slots: SlotTable
  /** By slot. */
  readonly #visits: (Visitor | undefined)[]
  readonly #calls: PendingCalls
  readonly #events: ChannelEvents
  readonly #bufferPool = new BufferPool()
  #syncChannel: SyncChannel | undefined
  /** Slots of what has been given up, with their generation then. */
  readonly #givenUp = new Map<number, number>()
  /** Called when a visit or a call has ended; set while the thread is to leave. */
  onSessionEnd: (() => void) | undefined

  /** `atOnce` is how many visits and calls the thread may have. */
  constructor (port: MessagePort, atOnce: number, events: ChannelEvents) {
    this.#port = port
    this.#events = events
    this.#slots = new SlotTable(atOnce)
    this.#visits = Array.from({ length: this.#slots.slots }, () => undefined)
    this.cells = createSlotCells(this.#slots.slots)
    this.#calls = new PendingCalls(this.cells)
    port.on('message', (message: Received) => {
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

  /** How many visits wait here for the one that runs. */
  get prefetched (): number {
    return this.#slots.prefetchedCount
  }

  /** Whether anything may be sent after what is taken now: it does not wait for the loop, nor take long. */
  take (isFollowed: boolean): number | undefined {
    this.#events.started()
    return this.#slots.take(isFollowed)
  }

  mayPrefetch (now: number): boolean {
    return this.#slots.mayPrefetch(now)
  }

  takePrefetched (): number {
    return this.#slots.takePrefetched()
  }

  withdrawOverdue (now: number): void {
    if (!this.#slots.isOverdue(now)) return
    // The last ones first: the thread may come to them just now, and would pass over one for another that came later.
    const recalled = this.#slots.prefetchedSlots.reverse().map((slot) => this.#tryWithdraw(slot)).reverse()
    for (const visitor of recalled) visitor?.returned()
  }

  /** Whether it could be: what has begun could not. */
  withdraw (slot: number): boolean {
    const visitor = this.#slots.isPrefetched(slot) ? this.#tryWithdraw(slot) : undefined
    visitor?.returned()
    return visitor !== undefined
  }

  /** Whose it was that is ahead, unless it has begun. */
  #tryWithdraw (slot: number): Visitor | undefined {
    if (!markWithdrawn(this.cells, slot)) return undefined
    this.#slots.withdraw(slot)
    const visitor = this.#visits[slot]
    this.#visits[slot] = undefined
    return visitor
  }

  /** Throws if the request cannot be cloned. */
  visit (open: Open, visitor: Visitor): void {
    resetCells(this.cells, open.slot)
    if (this.#slots.isPrefetched(open.slot)) open.isAhead = true
    const spent = open.spent ?? this.#bufferPool.takeAll()
    if (spent === undefined) this.#port.postMessage(open)
    else this.#port.postMessage(Object.assign(open, { spent }), spent)
    this.#visits[open.slot] = visitor
    // While anybody waits for it the process stays.
    this.#port.ref()
  }

  /** Comes before whatever is sent later, also to a thread that still boots. */
  announce (message: Announcement): void {
    this.#port.postMessage(message)
  }

  resume (message: Return | Over): void {
    this.#port.postMessage(message)
  }

  /** It goes with the next visit. */
  recycleBuffer (memory: ArrayBuffer): void {
    this.#bufferPool.add(memory)
  }

  /** What is spent is moved. */
  flow (message: Flow): void {
    this.#port.postMessage(message, message.spent ?? [])
  }

  /** The bytes are moved. */
  send (piece: Part | End): void {
    this.#port.postMessage(piece, 'parts' in piece ? piece.parts.map(({ buffer }) => buffer as ArrayBuffer) : [])
  }

  /** Gives the number of the call. Throws if it cannot be cloned. */
  call (slot: number, call: OwnCall, transferList: readonly Transferable[], caller: Caller): number {
    const isNested = this.#visits[slot] !== undefined || this.#calls.hasSlot(slot)
    const id = this.#calls.send(this.#port, slot, call, isNested, transferList, caller)
    this.#port.ref()
    return id
  }

  /** Takes what has come, before the event loop does; as much as there are visits, since their successors would keep it here for ever. */
  drainPending (): void {
    for (let visits = this.#slots.taken; visits > 0; visits--) {
      const entry = receiveMessageOnPort(this.#port)
      if (entry === undefined) return
      this.#receive(entry.message)
    }
  }

  respond (told: LoopCallResult, isSync: boolean, transferList: readonly Transferable[]): void {
    const port = isSync ? this.#syncChannel!.port : this.#port
    port.postMessage(told, transferList)
    if (isSync) this.#wake()
  }

  /** The visit or the call that asks; undefined if there is none, or it is over. */
  scopeOf ({ call, slot }: LoopCall): AsyncScope | undefined {
    if (call !== undefined) return this.#calls.callerOf(call)
    return slot === undefined ? undefined : this.#visits[slot]
  }

  /** Changes with everyone who has the slot. */
  generationOf (slot: number): number {
    return this.#slots.generationOf(slot)
  }

  isGivenUp (slot: number, generation: number): boolean {
    return this.#givenUp.get(slot) === generation
  }

  #giveUp (slot: number): void {
    this.#givenUp.set(slot, this.generationOf(slot))
  }

  abort (slot: number, abort: AbortReason, isForced?: boolean): boolean {
    const isDecided = setAbortReason(this.cells, slot, abort, isForced)
    this.#wake()
    return isDecided
  }

  complete (slot: number): AbortReason {
    return markCompleting(this.cells, slot) ? AbortReason.none : readDecision(this.cells, slot)
  }

  abortCall (id: number, abort: AbortReason): void {
    this.#calls.abort(id, abort)
    this.#wake()
  }

  abortAll (abort: AbortReason): void {
    for (const [slot, visitor] of this.#visits.entries()) if (visitor !== undefined) this.abort(slot, abort)
    this.#calls.abortAll(abort)
    this.#wake()
  }

  /** Whoever waits for what the thread has. */
  get scopes (): AsyncScope[] {
    return [...this.#visits.flatMap((visitor) => visitor ?? []), ...this.#calls.callers]
  }

  /** Visits and calls that have been told to stop: their slots; `giveUp` has whoever waits told that they are lost. They keep their place. */
  overdue (): { slots: number[], whats: string[], giveUp: (error: unknown) => void } {
    const found = [...this.#visits.entries()].filter(([slot, visitor]) => visitor !== undefined && hasTerminalReason(this.cells, slot))
    const calls = this.#calls.overdue
    return {
      slots: found.map(([slot]) => slot),
      whats: [...found.map(([, visitor]) => visitor!.label), ...calls.map(({ what }) => what)],
      giveUp: (error) => {
        for (const [slot, visitor] of found) {
          // It may have ended while the thread was asked.
          if (this.#visits[slot] !== visitor) continue
          this.#visits[slot] = undefined
          this.#giveUp(slot)
          visitor!.lost(error)
        }
        for (const { slot, isNested, giveUp } of calls) {
          if (!isNested) this.#giveUp(slot)
          giveUp(error)
        }
        this.onSessionEnd?.()
      }
    }
  }

  /** What is ahead is for another thread. */
  withdrawAll (): void {
    for (const slot of this.#slots.prefetchedSlots.reverse()) this.#tryWithdraw(slot)?.returned()
  }

  /** The thread hears of it even while it waits for the loop. */
  post (message: Retire | Leave): void {
    this.#port.postMessage(message)
    this.#wake()
  }

  /** A thread that waits for the loop looks whether there is something to see. */
  #wake (): void {
    if (this.#syncChannel === undefined) return
    Atomics.add(this.#syncChannel.wakeCounter, 0, 1)
    Atomics.notify(this.#syncChannel.wakeCounter, 0)
  }

  #receive (message: Received): void {
    if ('log' in message) return this.#log(message)
    if ('thread' in message) return this.#events.news(message)
    if ('loopCall' in message) {
      this.#syncChannel ??= message.line
      return this.#events.asked(message)
    }
    if ('returned' in message) return this.#return(message)
    if ('isRecalled' in message) {
      this.#slots.releaseWithdrawn(message.slot)
      return this.#checkIdle()
    }
    const visitor = this.#visits[message.slot]
    if ('turn' in message) return visitor?.called(message)
    if ('parts' in message) return visitor?.received(message.parts)
    if ('credit' in message) return visitor?.asked(message)
    if ('isEnd' in message && message.last !== undefined) visitor?.received([message.last])
    if ('stream' in message && message.stream === 'begun') return visitor?.begun(message)
    const hasBackground = 'hasBackground' in message
    if (!hasBackground) this.release(message.slot)
    if ('left' in message) visitor?.left(message)
    else if ('isDone' in message) visitor?.done()
    else if ('isEnd' in message) visitor?.ended(message.fault, hasBackground)
    else if ('fault' in message) visitor?.failed(deserializeError(message.fault))
    else visitor?.answered(message)
  }

  #log (line: LogLine): void {
    const visitor = line.slot === undefined ? undefined : this.#visits[line.slot]
    if (visitor === undefined) this.#events.logged(line)
    else visitor.logged(line)
  }

  #return ({ slot, returned, outcome }: CallResult): void {
    const { caller, isNested } = this.#calls.take(returned)
    const isLast = this.#visits[slot] === undefined && !this.#calls.hasSlot(slot)
    // Of a nested one, what it was in has ended before.
    if (isLast && isNested) this.#releaseSlot(slot)
    else if (isLast) this.release(slot)
    caller?.returned(outcome)
    if (isLast && isNested) this.#events.freed()
  }

  /** What a visit has left running keeps its slot. */
  release (slot: number): void {
    this.#visits[slot] = undefined
    const next = this.#slots.end(slot)
    if (next !== undefined) this.#start(next)
    if (!this.#calls.hasSlot(slot)) this.#releaseSlot(slot)
    this.onSessionEnd?.()
  }

  #start (slot: number): void {
    this.#events.started()
    this.#visits[slot]?.started()
  }

  #releaseSlot (slot: number): void {
    this.#slots.release(slot)
    this.#checkIdle()
  }

  #checkIdle (): void {
    if (!this.isIdle) return
    this.#events.idle()
    this.#port.unref()
  }

  /** The thread is gone: what it had still answered counts. */
  drain (): void {
    this.#port.off('close', this.#events.closed)
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#receive(entry.message)
    }
    this.#port.close()
    this.#syncChannel?.port.close()
  }

  /** What it had not begun may be begun elsewhere, the rest is lost. */
  drop (error: unknown): void {
    this.#slots.close()
    const dropped = this.#calls.drop(error)
    const alone = new Set(dropped.map(([slot]) => slot).filter((slot) => this.#visits[slot] === undefined))
    for (const [slot, visitor] of this.#visits.entries()) {
      if (visitor === undefined) continue
      this.release(slot)
      if (hasStarted(this.cells, slot)) visitor.lost(error)
      else visitor.returned()
    }
    for (const slot of alone) this.release(slot)
    for (const [, respond] of dropped) respond()
  }
}

type Received = Answer | LoopCall | Done | End | Failed | Flow | Left | LogLine | Part | Recalled | CallResult | ThreadNotice | Turn
