import type { Begin, Tick } from '../protocol.js'

/** ms without an event after which the connection is made anew. */
const silenceLimit = 15_000

/** ms until another attempt where the browser makes none. */
const retryDelay = 3_000

export interface ConnectionListener {
  begun (begin: Begin): void
  ticked (tick: Tick): void
  /** The connection is lost, or refused. */
  lost (): void
}

/** The events of the server. Whatever happens to the connection, it is made again. */
export class Connection {
  /** The browser's time of the last event; undefined before the first one. */
  lastEventAt: number | undefined
  /** Since when there is no connection, by the browser's time; undefined while there is one. */
  lostSince: number | undefined
  /** Whether the last attempt was answered with something else than events. */
  isRefused = false
  readonly #url: string
  readonly #listener: ConnectionListener
  #source: EventSource | undefined
  #openedAt = 0
  #retry: number | undefined

  constructor (url: string, listener: ConnectionListener) {
    this.#url = url
    this.#listener = listener
    this.#open()
    setInterval(() => { if (this.#isSilent()) this.#open() }, 1_000)
  }

  #open (): void {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#openedAt = Date.now()
    const source = this.#source = new EventSource(this.#url)
    source.addEventListener('begin', ({ data }) => {
      this.#noteEvent()
      this.#listener.begun(JSON.parse(data) as Begin)
    })
    source.addEventListener('tick', ({ data }) => {
      this.#noteEvent()
      this.#listener.ticked(JSON.parse(data) as Tick)
    })
    source.addEventListener('error', () => {
      this.lostSince ??= Date.now()
      // By itself the browser tries again only where nobody has answered.
      this.isRefused = source.readyState === EventSource.CLOSED
      if (this.isRefused) this.#retry = setTimeout(() => this.#open(), retryDelay)
      this.#listener.lost()
    })
  }

  #noteEvent (): void {
    this.lastEventAt = Date.now()
    this.lostSince = undefined
    this.isRefused = false
  }

  /** Whether a connection that looks open may have been lost unnoticed, as when a computer has slept. */
  #isSilent (): boolean {
    const isOpen = this.#source?.readyState === EventSource.OPEN
    return isOpen && Date.now() - Math.max(this.lastEventAt ?? 0, this.#openedAt) > silenceLimit
  }
}
