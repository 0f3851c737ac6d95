import { toAbortError } from '../../request/abort-error.js'
import { AbortReason } from '../../wire/abort-reason.js'
import type { WorkerSession } from '../session.js'

/** A task, such as a visit or a call, that the loop may abort. */
export interface Abortable {
  /** Undefined if the task belongs to no session. */
  readonly session: WorkerSession | undefined
  readonly abortReason: AbortReason
  /** Name of the route or the function, for the error. */
  readonly label: string
  /** Time limit in ms. */
  readonly timeout: number
  /** Fastify's own time limit in ms. Only a visit has one. */
  readonly handlerTimeout?: number
}

/**
 * Makes `request.signal`, or the signal of a call. The signal is a genuine AbortSignal with events. A
 * synchronous loop can poll it too, since each read of the signal reads the abort reason in shared memory.
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
  // Node's own throwIfAborted() does not read the properties defined above.
  signal.throwIfAborted = () => { if (signal.aborted) throw signal.reason }
  abortable.session?.watchAbort(check)
  return signal
}
