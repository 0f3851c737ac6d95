import { ClientGone, Closing, VisitTimeout } from '../errors.js'
import { Flag, waitForFlag } from '../wire/flag.js'
import type { WorkerVisit } from './visit.js'

const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!

/**
 * `request.signal`: a genuine AbortSignal that asynchronous code is told by, and whose `aborted` a synchronous loop
 * may read, since it looks into shared memory.
 */
export function createSignal (visit: WorkerVisit): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const look = (): boolean => {
    const { flag } = visit
    if (flag !== Flag.none && isAborted.call(signal) === false) controller.abort(reasonOf(flag, visit))
    return isAborted.call(signal)
  }
  Object.defineProperty(signal, 'aborted', { get: look, configurable: true })
  waitForFlag(visit.flags, visit.open.slot).then(look)
  return signal
}

function reasonOf (flag: Flag, { open: { route }, startedAt }: WorkerVisit): Error {
  switch (flag) {
    case Flag.timeout: return new VisitTimeout(route, Math.round(performance.now() - startedAt))
    case Flag.closing: return new Closing(route)
    default: return new ClientGone(route)
  }
}
