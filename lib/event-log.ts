/** How many events of a kind are kept. */
const kept = 200

/** Keeps the last events, which are rare, for whoever may ask later. */
export class EventLog<Event extends object> {
  readonly #events: (Event & { at: number })[] = []
  #count = 0

  add (event: Event): void {
    this.#count++
    this.#events.push({ at: Date.now(), ...event })
    if (this.#events.length > kept) this.#events.shift()
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
