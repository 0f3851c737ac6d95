import type { Connection } from './connection.js'
import { find, setAttribute, setText } from './elements.js'
import { formatClock, formatDuration } from './format.js'

/** Intervals without an event from which on the data is old. */
const late = 2.5

/** ms from which on it is told what may keep the first event from coming. */
const longAttempt = 5_000

type State = 'connecting' | 'live' | 'late' | 'lost'

const names: Record<State, string> = {
  connecting: 'Connecting', live: 'Live', late: 'No news', lost: 'Connection lost'
}

/** Tells whether what the page shows is of now, and if not, why. */
export class ConnectionLine {
  readonly #name = find('#connection strong', HTMLElement)
  readonly #detail = find('#connection .detail', HTMLElement)
  readonly #announcement = find('#announcement', HTMLElement)
  readonly #start = Date.now()
  #state: State = 'connecting'
  #restartedAt: number | undefined
  /** Whether the restart has not been announced yet. */
  #isRestartUnannounced = false

  get isLive (): boolean {
    return this.#state === 'live'
  }

  noteRestart (at: number): void {
    this.#restartedAt = at
    this.#isRestartUnannounced = true
  }

  update (connection: Connection, interval: number): void {
    const now = Date.now()
    const state = findState(connection, interval, now)
    setText(this.#name, names[state])
    setText(this.#detail, this.#describe(connection, state, now))
    if (state === this.#state) return
    // Once for each change: the numbers that follow each second are not announced.
    if (state !== 'live' || this.#state !== 'connecting') {
      setText(this.#announcement, {
        connecting: '',
        live: this.#isRestartUnannounced ? 'Live again: the server has restarted.' : 'Live again.',
        late: 'No news from the server. The numbers are old.',
        lost: 'The connection is lost. The numbers are old.'
      }[state])
      if (state === 'live') this.#isRestartUnannounced = false
    }
    this.#state = state
    setAttribute(document.body, 'data-connection', state)
  }

  #describe ({ lastEventAt, lostSince, isRefused }: Connection, state: State, now: number): string {
    switch (state) {
      case 'connecting':
        return now - this.#start < longAttempt
          ? ''
          : 'No answer yet. A browser has at most six connections to a server over HTTP/1.1: are that many ' +
            'pages of it open?'
      case 'live':
        if (this.#restartedAt === undefined) return ''
        return `The server has restarted at ${formatClock(this.#restartedAt)}.`
      case 'late':
        return `for ${formatDuration(now - lastEventAt!)}: the event loop is held, or the connection is lost.`
      case 'lost': {
        const since = `since ${formatClock(lostSince!)}`
        return isRefused ? `${since}: the server refuses this page its events.` : `${since}, retrying.`
      }
    }
  }
}

function findState ({ lastEventAt, lostSince }: Connection, interval: number, now: number): State {
  if (lostSince !== undefined) return 'lost'
  if (lastEventAt === undefined) return 'connecting'
  return now - lastEventAt > late * interval ? 'late' : 'live'
}
