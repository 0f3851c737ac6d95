/** How many events of a kind are kept. */
const kept = 200

/** Keeps the last events, which are rare, for whoever may ask later. */
export class EventLog<Event extends object> {
  readonly #events: (Event & { at: number })[] = []
  readonly #followers: EventLog<Event>[] = []
  #count = 0

  add (event: Event): void {
    this.#count++
    this.#events.push({ at: Date.now(), ...event })
    if (this.#events.length > kept) this.#events.shift()
    for (const follower of this.#followers) follower.add(event)
  }

  /** Has from now on each event of the other one too. */
  follow (other: EventLog<Event>): void {
    other.#followers.push(this)
  }

  /** How many events there have been. */
  get count (): number {
    return this.#count
  }

  /** Returns the events after the first `seen` ones, as far as they are kept; `at` is ms since 1970. */
  readAfter (seen: number): readonly (Event & { at: number })[] {
    const unseen = Math.min(this.#count - seen, this.#events.length)
    return unseen === 0 ? [] : this.#events.slice(-unseen)
  }
}
