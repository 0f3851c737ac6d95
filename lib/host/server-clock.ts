import type { RoundTrip } from '../nats/protocol.js'
import { commonNow } from '../wire/clock.js'

/** How far clocks of two machines drift apart at most: a fraction of the time. */
const drift = 1e-4

/** Pings whose round trip may still be told. */
const keptPings = 8

/**
 * What a host knows of a server's clock, by pings: so it tells how long ago a message was sent, however long
 * the message, or the host itself, was held up.
 */
export class ServerClock {
  /** ms by which this host's clock is ahead of that of the server, at least. -Infinity: nothing is known. */
  #offset = -Infinity
  #measuredAt = 0
  /** commonNow() when a ping came, by the time when it was sent. */
  readonly #receivedAt = new Map<number, number>()

  /** A ping has come, sent at `at` by the clock of the server. `measured`: the round trip of one before. */
  pinged (at: number, measured: RoundTrip | undefined): void {
    const now = commonNow()
    this.#receivedAt.set(at, now)
    if (this.#receivedAt.size > keptPings) this.#receivedAt.delete(this.#receivedAt.keys().next().value!)
    const receivedAt = measured && this.#receivedAt.get(measured.at)
    if (receivedAt === undefined) return
    // The ping was under way for as long as the round trip, at most. Without that a ping that was held up
    // would make what was held up together with it look new.
    const least = receivedAt - measured!.at - measured!.roundTrip
    this.#offset = Math.max(this.#offset - (now - this.#measuredAt) * drift, least)
    this.#measuredAt = now
  }

  /**
   * Returns the time of this host's clock at which what was sent then, and is valid for so many ms, expires:
   * rather too early than too late. -Infinity as long as no round trip is known.
   */
  expiryOf (sentAt: number, validFor: number): number {
    return this.toOwn(sentAt) + validFor
  }

  toOwn (time: number): number {
    return time + this.#offset
  }
}
