import { setImmediate as nextTurn } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { takeDeferred } from './boot/deferred-schemas.js'

/** ms without a session after which a worker counts as idle; at most twice as long. */
const idleAfter = 3_000

/** ms between two collections: V8 drops compiled code with the garbage, and requests are slower then. */
const minInterval = 60_000

/** Bytes of memory beyond what the heap uses, from which on a collection is worth its time. */
const minExcess = 6_000_000

/**
 * What a worker does while it idles. First it compiles schemas of blocking routes, so that their first
 * requests need not wait for that. Then it gives memory back: the young generation of V8 grows while the app
 * is built, and keeps the memory, since no garbage collection comes in a thread that does nothing. A
 * collection takes some 50 ms, and comes once after a time with sessions.
 */
export class Idle {
  readonly #isBusy: () => boolean
  readonly #onTick: () => void
  #timer: NodeJS.Timeout | undefined
  #wasUsed = false
  /** When garbage was last collected. */
  #collectedAt = -Infinity

  /** `onTick` is called every 3 s while there are sessions, and once after them. */
  constructor (isBusy: () => boolean, onTick: () => void) {
    this.#isBusy = isBusy
    this.#onTick = onTick
    this.noteUse()
  }

  /** To be called when a session starts. */
  noteUse (): void {
    this.#wasUsed = true
    this.#timer ??= this.#wait()
  }

  #wait (): NodeJS.Timeout {
    return setTimeout(() => {
      this.#onTick()
      const isIdle = !this.#wasUsed && !this.#isBusy()
      this.#wasUsed = false
      this.#timer = undefined
      if (!isIdle) this.#timer = this.#wait()
      else this.#work().catch(() => {}) // without an inspector memory is kept
    }, idleAfter).unref()
  }

  async #work (): Promise<void> {
    for (let compile = takeDeferred(); compile !== undefined; compile = takeDeferred()) {
      compile()
      await nextTurn()
      if (this.#wasUsed) return
    }
    if (!hasExcess()) return
    if (performance.now() - this.#collectedAt < minInterval) {
      this.#timer ??= this.#wait()
      return
    }
    this.#collectedAt = performance.now()
    await collectGarbage()
    this.#onTick()
  }
}

function hasExcess (): boolean {
  const { total_physical_size: taken, used_heap_size: used } = getHeapStatistics()
  return taken - used > minExcess
}

/** Node has no function for this without a flag, but the inspector's protocol has. */
async function collectGarbage (): Promise<void> {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}
