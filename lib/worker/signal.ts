import { ClientGone, Closing, VisitTimeout } from '../errors.js'
import { Flag, waitForFlag } from '../wire/flag.js'
import type { WorkerVisit } from './visit.js'

/**
 * `request.signal`: a genuine AbortSignal that asynchronous code is told by, and that a synchronous loop may ask,
 * since it looks into shared memory.
 */
export function createSignal (visit: WorkerVisit): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const look = (): void => {
    const { flag } = visit
    if (flag !== Flag.none && !Reflect.get(AbortSignal.prototype, 'aborted', signal)) controller.abort(reasonOf(flag, visit))
  }
  for (const name of ['aborted', 'reason'] as const) {
    Object.defineProperty(signal, name, {
      configurable: true,
      get () {
        look()
        return Reflect.get(AbortSignal.prototype, name, signal)
      }
    })
  }
  // Node's own does not go by the property.
  signal.throwIfAborted = () => { if (signal.aborted) throw signal.reason }
  waitForFlag(visit.flags, visit.open.slot).then(look)
  return signal
}

export function reasonOf (flag: Flag, { open: { route }, timeout }: WorkerVisit): Error {
  switch (flag) {
    case Flag.timeout: return new VisitTimeout(route, timeout)
    case Flag.closing: return new Closing(route)
    default: return new ClientGone(route)
  }
}
