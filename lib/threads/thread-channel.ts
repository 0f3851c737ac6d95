import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Ask, Returned, SyncLine, Told } from '../wire/call-messages.js'
import type { Leave, Retire, ThreadNews } from '../wire/thread-messages.js'
import { fromFault } from '../wire/error.js'
import { clearCells, createFlags, Flag, hasBegun, isStopped, markCompleting, markRecalled, raiseFlag, readOutcome } from '../wire/shared-cells.js'
import type { Announcement, Answer, Done, End, Failed, Flow, Left, LogLine, Open, Over, Part, Recalled, Return, Turn } from '../wire/messages.js'
import { SpentMemory } from '../wire/buffer-pool.js'
import type { Transferable } from '../wire/arguments.js'
import type { Asker, Caller, OwnCall, Visitor } from '../executor.js'
import { Places } from './slot-table.js'
import { ThreadCalls } from './pending-calls.js'

/** What is not for a visit or a call. */
export interface TrafficEvents {
  asked (ask: Ask): void
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
  news (news: ThreadNews): void
  /** The other end of the port is gone. */
  closed (): void
}

/** Visits and calls between the loop and one thread, on a port. */
export class ThreadTraffic {
  /** Cells for each slot, see wire/shared-cells.ts. */
  readonly flags: Int32Array
  readonly #port: MessagePort
  readonly #places: Places
  /** By slot. */
  readonly #visitors: (Visitor | undefined)[]
  readonly #calls: ThreadCalls
  readonly #events: TrafficEvents
  readonly #spent = new SpentMemory()
  #line: SyncLine | undefined
  /** Slots of what has been given up, with their generation then. */
  readonly #givenUp = new Map<number, number>()
  /** Called when a visit or a call has ended; set while the thread is to leave. */
  onEnd: (() => void) | undefined

  /** `atOnce` is how many visits and calls the thread may have. */
  constructor (port: MessagePort, atOnce: number, events: TrafficEvents) {
    this.#port = port
    this.#events = events
    this.#places = new Places(atOnce)
    this.#visitors = Array.from({ length: this.#places.slots }, () => undefined)
    this.flags = createFlags(this.#places.slots)
    this.#calls = new ThreadCalls(this.flags)
    port.on('message', (message: Received) => {
      this.#receive(message)
      events.received()
    })
    port.on('close', events.closed)
    port.unref()
  }

  get isIdle (): boolean {
    return this.#places.isIdle
  }

  /** Slots that may be taken. */
  get free (): number {
    return this.#places.free
  }

  /** How many visits wait here for the one that runs. */
  get ahead (): number {
    return this.#places.ahead
  }

  /** Whether anything may be sent after what is taken now: it does not wait for the loop, nor take long. */
  take (isFollowed: boolean): number | undefined {
    this.#events.started()
    return this.#places.take(isFollowed)
  }

  mayBeSentAhead (now: number): boolean {
    return this.#places.mayBeSentAhead(now)
  }

  takeAhead (): number {
    return this.#places.takeAhead()
  }

  recallOverdue (now: number): void {
    if (!this.#places.isOverdue(now)) return
    // The last ones first: the thread may come to them just now, and would pass over one for another that came later.
    const recalled = this.#places.allAhead.reverse().map((slot) => this.#takeBack(slot)).reverse()
    for (const visitor of recalled) visitor?.returned()
  }

  /** Whether it could be: what has begun could not. */
  recall (slot: number): boolean {
    const visitor = this.#places.isAhead(slot) ? this.#takeBack(slot) : undefined
    visitor?.returned()
    return visitor !== undefined
  }

  /** Whose it was that is ahead, unless it has begun. */
  #takeBack (slot: number): Visitor | undefined {
    if (!markRecalled(this.flags, slot)) return undefined
    this.#places.recall(slot)
    const visitor = this.#visitors[slot]
    this.#visitors[slot] = undefined
    return visitor
  }

  /** Throws if the request cannot be cloned. */
  visit (open: Open, visitor: Visitor): void {
    clearCells(this.flags, open.slot)
    if (this.#places.isAhead(open.slot)) open.isAhead = true
    const spent = open.spent ?? this.#spent.takeAll()
    if (spent === undefined) this.#port.postMessage(open)
    else this.#port.postMessage(Object.assign(open, { spent }), spent)
    this.#visitors[open.slot] = visitor
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
  reuse (memory: ArrayBuffer): void {
    this.#spent.add(memory)
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
  call (slot: number, call: OwnCall, moved: readonly Transferable[], caller: Caller): number {
    const isNested = this.#visitors[slot] !== undefined || this.#calls.holds(slot)
    const id = this.#calls.send(this.#port, slot, call, isNested, moved, caller)
    this.#port.ref()
    return id
  }

  /** Takes what has come, before the event loop does; as much as there are visits, since their successors would keep it here for ever. */
  collect (): void {
    for (let visits = this.#places.taken; visits > 0; visits--) {
      const entry = receiveMessageOnPort(this.#port)
      if (entry === undefined) return
      this.#receive(entry.message)
    }
  }

  tell (told: Told, isSync: boolean, moved: readonly Transferable[]): void {
    const port = isSync ? this.#line!.port : this.#port
    port.postMessage(told, moved)
    if (isSync) this.#ring()
  }

  /** The visit or the call that asks; undefined if there is none, or it is over. */
  askerOf ({ call, slot }: Ask): Asker | undefined {
    if (call !== undefined) return this.#calls.callerOf(call)
    return slot === undefined ? undefined : this.#visitors[slot]
  }

  /** Changes with everyone who has the slot. */
  generationOf (slot: number): number {
    return this.#places.generationOf(slot)
  }

  isGivenUp (slot: number, generation: number): boolean {
    return this.#givenUp.get(slot) === generation
  }

  #giveUp (slot: number): void {
    this.#givenUp.set(slot, this.generationOf(slot))
  }

  flag (slot: number, flag: Flag, isForced?: boolean): boolean {
    const isDecided = raiseFlag(this.flags, slot, flag, isForced)
    this.#ring()
    return isDecided
  }

  complete (slot: number): Flag {
    return markCompleting(this.flags, slot) ? Flag.none : readOutcome(this.flags, slot)
  }

  flagCall (id: number, flag: Flag): void {
    this.#calls.flag(id, flag)
    this.#ring()
  }

  flagAll (flag: Flag): void {
    for (const [slot, visitor] of this.#visitors.entries()) if (visitor !== undefined) this.flag(slot, flag)
    this.#calls.flagAll(flag)
    this.#ring()
  }

  /** Whoever waits for what the thread has. */
  get askers (): Asker[] {
    return [...this.#visitors.flatMap((visitor) => visitor ?? []), ...this.#calls.callers]
  }

  /** Visits and calls that have been told to stop: their slots; `giveUp` has whoever waits told that they are lost. They keep their place. */
  overdue (): { slots: number[], whats: string[], giveUp: (error: unknown) => void } {
    const found = [...this.#visitors.entries()].filter(([slot, visitor]) => visitor !== undefined && isStopped(this.flags, slot))
    const calls = this.#calls.overdue
    return {
      slots: found.map(([slot]) => slot),
      whats: [...found.map(([, visitor]) => visitor!.what), ...calls.map(({ what }) => what)],
      giveUp: (error) => {
        for (const [slot, visitor] of found) {
          // It may have ended while the thread was asked.
          if (this.#visitors[slot] !== visitor) continue
          this.#visitors[slot] = undefined
          this.#giveUp(slot)
          visitor!.lost(error)
        }
        for (const { slot, isNested, giveUp } of calls) {
          if (!isNested) this.#giveUp(slot)
          giveUp(error)
        }
        this.onEnd?.()
      }
    }
  }

  /** What is ahead is for another thread. */
  recallAll (): void {
    for (const slot of this.#places.allAhead.reverse()) this.#takeBack(slot)?.returned()
  }

  /** The thread hears of it even while it waits for the loop. */
  post (message: Retire | Leave): void {
    this.#port.postMessage(message)
    this.#ring()
  }

  /** A thread that waits for the loop looks whether there is something to see. */
  #ring (): void {
    if (this.#line === undefined) return
    Atomics.add(this.#line.bell, 0, 1)
    Atomics.notify(this.#line.bell, 0)
  }

  #receive (message: Received): void {
    if ('log' in message) return this.#log(message)
    if ('thread' in message) return this.#events.news(message)
    if ('ask' in message) {
      this.#line ??= message.line
      return this.#events.asked(message)
    }
    if ('returned' in message) return this.#return(message)
    if ('isRecalled' in message) {
      this.#places.forget(message.slot)
      return this.#rest()
    }
    const visitor = this.#visitors[message.slot]
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
    else if ('fault' in message) visitor?.failed(fromFault(message.fault))
    else visitor?.answered(message)
  }

  #log (line: LogLine): void {
    const visitor = line.slot === undefined ? undefined : this.#visitors[line.slot]
    if (visitor === undefined) this.#events.logged(line)
    else visitor.logged(line)
  }

  #return ({ slot, returned, outcome }: Returned): void {
    const { caller, isNested } = this.#calls.take(returned)
    const isLast = this.#visitors[slot] === undefined && !this.#calls.holds(slot)
    // Of a nested one, what it was in has ended before.
    if (isLast && isNested) this.#vacate(slot)
    else if (isLast) this.release(slot)
    caller?.returned(outcome)
    if (isLast && isNested) this.#events.freed()
  }

  /** What a visit has left running keeps its slot. */
  release (slot: number): void {
    this.#visitors[slot] = undefined
    const next = this.#places.end(slot)
    if (next !== undefined) this.#start(next)
    if (!this.#calls.holds(slot)) this.#vacate(slot)
    this.onEnd?.()
  }

  #start (slot: number): void {
    this.#events.started()
    this.#visitors[slot]?.started()
  }

  #vacate (slot: number): void {
    this.#places.vacate(slot)
    this.#rest()
  }

  #rest (): void {
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
    this.#line?.port.close()
  }

  /** What it had not begun may be begun elsewhere, the rest is lost. */
  drop (error: unknown): void {
    this.#places.close()
    const dropped = this.#calls.drop(error)
    const alone = new Set(dropped.map(([slot]) => slot).filter((slot) => this.#visitors[slot] === undefined))
    for (const [slot, visitor] of this.#visitors.entries()) {
      if (visitor === undefined) continue
      this.release(slot)
      if (hasBegun(this.flags, slot)) visitor.lost(error)
      else visitor.returned()
    }
    for (const slot of alone) this.release(slot)
    for (const [, tell] of dropped) tell()
  }
}

type Received = Answer | Ask | Done | End | Failed | Flow | Left | LogLine | Part | Recalled | Returned | ThreadNews | Turn
