import { AsyncLocalStorage } from 'node:async_hooks'
import { Flag } from '../../wire/shared-cells.js'
import type { Flagged } from './abort-signal.js'

/** The visit, or the call, on whose behalf something runs in this worker. */
export interface Current extends Flagged {
  /** Undefined where there is none. */
  readonly slot: number | undefined
  /** Which call of the thread; undefined for a visit. */
  readonly call: number | undefined
  readonly isOver: boolean
  readonly signal: AbortSignal | undefined
}

let storage: AsyncLocalStorage<Current> | undefined

/** From then on it is known what runs on whose behalf; for apps with functions that one side calls on the other. */
export function followCurrent (): void {
  storage ??= new AsyncLocalStorage()
}

export function runAs<Result> (current: Current, run: () => Result): Result {
  return storage === undefined ? run() : storage.run(current, run)
}

export function findCurrent (): Current | undefined {
  return storage?.getStore()
}

/** What runs on the same behalf, with another signal. */
export function withSignal (signal: AbortSignal, outer: Current | undefined): Current {
  return {
    slot: outer?.slot,
    call: outer?.call,
    get isOver () { return outer?.isOver ?? false },
    get flag () { return outer?.flag ?? Flag.none },
    what: outer?.what ?? '',
    timeout: outer?.timeout ?? 0,
    cells: outer?.cells ?? [],
    signal
  }
}
