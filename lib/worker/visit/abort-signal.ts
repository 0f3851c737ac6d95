import { ClientGone, Closing, VisitTimeout } from '../../errors.js'
import { makeHandlerTimeout } from '../../handler-timeout.js'
import { Flag, waitForFlag } from '../../wire/shared-cells.js'

/** What the loop may tell to stop. */
export interface Flagged {
  readonly flag: Flag
  /** The cells that it looks at; see wire/shared-cells.ts. */
  readonly cells: readonly (readonly [flags: Int32Array, index: number])[]
  /** For the reason: a route, or a function. */
  readonly what: string
  /** ms */
  readonly timeout: number
  /** ms; of a visit. */
  readonly handlerTimeout?: number
}

/**
 * `request.signal`, and that of a call: a genuine AbortSignal that asynchronous code is told by, and that a synchronous loop may ask,
 * since it looks into shared memory.
 */
export function createSignal (flagged: Flagged): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const look = (): void => {
    const { flag } = flagged
    if (flag !== Flag.none && !Reflect.get(AbortSignal.prototype, 'aborted', signal)) controller.abort(reasonOf(flag, flagged))
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
  for (const [flags, index] of flagged.cells) waitForFlag(flags, index).then(look)
  return signal
}

export function reasonOf (flag: Flag, { what, timeout, handlerTimeout = 0 }: Flagged): Error {
  switch (flag) {
    case Flag.timeout: return new VisitTimeout(what, timeout)
    case Flag.closing: return new Closing(what)
    case Flag.handlerTimeout: return makeHandlerTimeout(what, handlerTimeout)
    case Flag.aborted: return new DOMException(`${what}: the caller has aborted`, 'AbortError')
    default: return new ClientGone(what)
  }
}
