import { commonNow } from '../wire/clock.js'

/** How far clocks of two machines drift apart at most: a fraction of the time. */
const drift = 1e-4

/**
 * What a host knows of a server's clock, by pings: so it tells how long ago a message was sent, however long
 * the message, or the host itself, was held up.
 */
export class ServerClock {
  #offset = Infinity
  #measuredAt = 0
  #roundTrip = 0

  /** A ping has come, sent at `at` by the clock of the server. `roundTrip`: of one before, in ms. */
  pinged (at: number, roundTrip: number): void {
    const now = commonNow()
    // The least offset that was ever seen is that of the message that came fastest.
    this.#offset = Math.min(this.#offset + (now - this.#measuredAt) * drift, now - at)
    this.#measuredAt = now
    this.#roundTrip = roundTrip
  }

  /**
   * Returns the time of this host's clock at which what was sent then, and is valid for so many ms, expires:
   * rather too early than too late. -Infinity before the first ping.
   */
  expiryOf (sentAt: number, validFor: number): number {
    if (this.#offset === Infinity) return -Infinity
    return this.toOwn(sentAt) + validFor - this.#roundTrip
  }

  toOwn (time: number): number {
    return time + this.#offset
  }
}
