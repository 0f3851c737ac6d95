import { ClientGone, Closing, VisitTimeout } from '../../errors.js'
import { createHandlerTimeout } from '../../request-errors.js'
import { AbortReason } from '../../wire/abort-reason.js'
import type { WorkerSession } from '../session.js'

/** What the loop may abort. */
export interface Abortable {
  /** Undefined if it runs on nobody's behalf. */
  readonly session: WorkerSession | undefined
  readonly abortReason: AbortReason
  /** The route or the function, for the error. */
  readonly label: string
  /** ms */
  readonly timeout: number
  /** ms; of a visit. */
  readonly handlerTimeout?: number
}

/**
 * `request.signal`, and the signal of a call: a genuine AbortSignal, which tells asynchronous code, and which a
 * synchronous loop may read, since each read looks at the abort reason in shared memory.
 */
export function createAbortSignal (abortable: Abortable): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const check = (): void => {
    const { abortReason } = abortable
    if (abortReason !== AbortReason.none && !Reflect.get(AbortSignal.prototype, 'aborted', signal)) {
      controller.abort(toAbortError(abortReason, abortable))
    }
  }
  for (const name of ['aborted', 'reason'] as const) {
    Object.defineProperty(signal, name, {
      configurable: true,
      get () {
        check()
        return Reflect.get(AbortSignal.prototype, name, signal)
      }
    })
  }
  // Node's own throwIfAborted() does not read the property.
  signal.throwIfAborted = () => { if (signal.aborted) throw signal.reason }
  abortable.session?.watchAbort(check)
  return signal
}

export function toAbortError (reason: AbortReason, { label, timeout, handlerTimeout = 0 }: Abortable): Error {
  switch (reason) {
    case AbortReason.timeout: return new VisitTimeout(label, timeout)
    case AbortReason.closing: return new Closing(label)
    case AbortReason.handlerTimeout: return createHandlerTimeout(label, handlerTimeout)
    case AbortReason.aborted: return new DOMException(`${label}: the caller has aborted`, 'AbortError')
    default: return new ClientGone(label)
  }
}
