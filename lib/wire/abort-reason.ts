/** The reason why a session should stop; `none` if it should not. */
export enum AbortReason { none, clientGone, timeout, closing, aborted, handlerTimeout }

/**
 * Whether a session with this reason has exceeded its time limit, or outlasts the server: if the session does
 * not end, its worker is ended.
 */
export function isTerminal (reason: AbortReason): boolean {
  return reason === AbortReason.timeout || reason === AbortReason.closing ||
    reason === AbortReason.handlerTimeout
}
