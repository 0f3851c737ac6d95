import { ClientGone, Closing, VisitTimeout } from '../../errors.js'
import { createHandlerTimeout } from '../../request-errors.js'
import { AbortReason, waitForAbort } from '../../wire/shared-cells.js'

/** What the loop may tell to stop. */
export interface Abortable {
  readonly abortReason: AbortReason
  /** The cells that it looks at; see wire/shared-cells.ts. */
  readonly cells: readonly (readonly [flags: Int32Array, index: number])[]
  /** For the reason: a route, or a function. */
  readonly label: string
  /** ms */
  readonly timeout: number
  /** ms; of a visit. */
  readonly handlerTimeout?: number
}

/**
 * `request.signal`, and that of a call: a genuine AbortSignal that asynchronous code is told by, and that a synchronous loop may ask,
 * since it looks into shared memory.
 */
export function createAbortSignal (flagged: Abortable): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const look = (): void => {
    const { abortReason } = flagged
    if (abortReason !== AbortReason.none && !Reflect.get(AbortSignal.prototype, 'aborted', signal)) controller.abort(toAbortError(abortReason, flagged))
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
  for (const [flags, index] of flagged.cells) waitForAbort(flags, index).then(look)
  return signal
}

export function toAbortError (flag: AbortReason, { label, timeout, handlerTimeout = 0 }: Abortable): Error {
  switch (flag) {
    case AbortReason.timeout: return new VisitTimeout(label, timeout)
    case AbortReason.closing: return new Closing(label)
    case AbortReason.handlerTimeout: return createHandlerTimeout(label, handlerTimeout)
    case AbortReason.aborted: return new DOMException(`${label}: the caller has aborted`, 'AbortError')
    default: return new ClientGone(label)
  }
}
