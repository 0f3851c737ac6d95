/** What keeps the event loop alive: a port. */
interface Keeper {
  ref (): unknown
  unref (): unknown
}

/**
 * Tells when nothing is pending in the thread that the module has begun: as Node tells of a process, which
 * would end then. Node's event 'beforeExit' counts all that keeps an event loop alive, also work of addons,
 * which process.getActiveResourcesInfo() does not show. This package's own ports must not count meanwhile.
 */
export class PendingWork {
  readonly #keepers: readonly Keeper[] | undefined
  readonly #noteWatch: (isWatching: boolean) => void
  #state: 'before' | 'watching' | 'ended' = 'before'
  #resolve = (): void => {}

  /**
   * `keepers` are all of the ports of this package; undefined if they are not known. `noteWatch` is called
   * when the watch begins, and when it ends.
   */
  constructor (keepers?: readonly Keeper[], noteWatch = (_isWatching: boolean): void => {}) {
    this.#keepers = keepers
    this.#noteWatch = noteWatch
  }

  /** Resolves once nothing is pending. Never resolves after endWatch(), or if the ports are not known. */
  async whenOver (): Promise<void> {
    return await new Promise((resolve) => {
      if (this.#state !== 'before') return
      this.#state = 'watching'
      this.#noteWatch(true)
      if (this.#keepers === undefined) return
      this.#resolve = resolve
      for (const keeper of this.#keepers) keeper.unref()
      process.once('beforeExit', this.#onEmpty)
    })
  }

  /** From now on the ports keep the thread, as before whenOver(). */
  endWatch (): void {
    const wasWatching = this.#state === 'watching'
    this.#state = 'ended'
    if (!wasWatching) return
    this.#noteWatch(false)
    process.removeListener('beforeExit', this.#onEmpty)
    for (const keeper of this.#keepers ?? []) keeper.ref()
  }

  readonly #onEmpty = (): void => {
    this.endWatch()
    this.#resolve()
  }
}
