/** Why a session should stop; `none` as long as it should not. */
export enum AbortReason { none, clientGone, timeout, closing, aborted, handlerTimeout }

/** Whether the session is over its time, or has outlasted the server: its worker ends if the session does not. */
export function isTerminal (reason: AbortReason): boolean {
  return reason === AbortReason.timeout || reason === AbortReason.closing || reason === AbortReason.handlerTimeout
}
