import { ClientGone, Closing, VisitTimeout } from '../errors.js'
import { createHandlerTimeout } from '../request-errors.js'
import { AbortReason } from '../wire/abort-reason.js'

/** A visit or a call, as the error of its end names it. */
interface Aborted {
  /** Name of the route or the function. */
  readonly label: string
  /** Time limit in ms. */
  readonly timeout: number
  /** Fastify's own time limit in ms. Only a visit has one. */
  readonly handlerTimeout?: number
}

/** Makes the error with which a visit or a call ends that was aborted. */
export function toAbortError (reason: AbortReason, { label, timeout, handlerTimeout = 0 }: Aborted): Error {
  switch (reason) {
    case AbortReason.timeout: return new VisitTimeout(label, timeout)
    case AbortReason.closing: return new Closing(label)
    case AbortReason.handlerTimeout: return createHandlerTimeout(label, handlerTimeout)
    case AbortReason.aborted: return new DOMException(`${label}: the caller has aborted`, 'AbortError')
    default: return new ClientGone(label)
  }
}

/** Whether an error is one with which a visit ends that was aborted. */
export function isAbortError (error: Error): boolean {
  return codes.has(Reflect.get(error, 'code'))
}

const codes = new Set<unknown>([
  'FST_BLOCKING_CLIENT_GONE', 'FST_BLOCKING_CLOSING', 'FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT'
])
