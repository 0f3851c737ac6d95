import type { ThreadSession } from './thread-session.js'

/**
 * The sessions of one thread by id, those given up too, until the worker has ended them. The id of a session
 * that has a slot of its own is the number of the slot; nested ones have greater ids.
 */
export class SessionTable {
  readonly #bySlot: (ThreadSession | undefined)[]
  readonly #nested = new Map<number, ThreadSession>()
  #lastId: number

  constructor (slots: number) {
    this.#bySlot = Array.from({ length: slots }, () => undefined)
    this.#lastId = slots - 1
  }

  /** The id of a new nested session. */
  nextId (): number {
    return ++this.#lastId
  }

  add (session: ThreadSession): void {
    if (session.isNested) this.#nested.set(session.id, session)
    else this.#bySlot[session.slot] = session
  }

  delete (session: ThreadSession): void {
    if (session.isNested) this.#nested.delete(session.id)
    else this.#bySlot[session.slot] = undefined
  }

  find (id: number): ThreadSession | undefined {
    return id < this.#bySlot.length ? this.#bySlot[id] : this.#nested.get(id)
  }

  /** Whether any session is in the slot: a nested one may outlive the one whose slot it is. */
  isUsed (slot: number): boolean {
    if (this.#bySlot[slot] !== undefined) return true
    if (this.#nested.size === 0) return false
    for (const session of this.#nested.values()) if (session.slot === slot) return true
    return false
  }

  /** Those that have not ended, also if they were given up. */
  get all (): ThreadSession[] {
    return [...this.withSlot, ...this.#nested.values()]
  }

  /** Those that have neither ended nor been given up. */
  get open (): ThreadSession[] {
    return this.all.filter(({ isOpen }) => isOpen)
  }

  /** Those with a slot of their own, also if they were given up. */
  get withSlot (): ThreadSession[] {
    return this.#bySlot.flatMap((session) => session ?? [])
  }

  clear (): void {
    this.#bySlot.fill(undefined)
    this.#nested.clear()
  }
}
