import { AsyncLocalStorage } from 'node:async_hooks'
import { AbortReason } from '../../wire/abort-reason.js'
import type { Abortable } from './abort-signal.js'

/** The visit or call on whose behalf code runs in this worker. */
export interface Caller extends Abortable {
  readonly signal: AbortSignal | undefined
}

let callers: AsyncLocalStorage<Caller> | undefined

/** Starts to track the caller. Only an app with offloaded or onLoop functions needs this. */
export function trackCallers (): void {
  callers ??= new AsyncLocalStorage()
}

export function runAsCaller<Result> (caller: Caller, run: () => Result): Result {
  return callers === undefined ? run() : callers.run(caller, run)
}

export function currentCaller (): Caller | undefined {
  return callers?.getStore()
}

/** Returns the same caller with another signal. If `caller` is undefined, the result has only the signal. */
export function withSignal (signal: AbortSignal, caller: Caller | undefined): Caller {
  return {
    session: caller?.session,
    get abortReason () { return caller?.abortReason ?? AbortReason.none },
    label: caller?.label ?? '',
    timeout: caller?.timeout ?? 0,
    signal
  }
}
