import { AsyncLocalStorage } from 'node:async_hooks'
import { AbortReason } from '../../wire/shared-cells.js'
import type { Abortable } from './abort-signal.js'

/** The visit, or the call, on whose behalf something runs in this worker. */
export interface Task extends Abortable {
  /** Undefined where there is none. */
  readonly slot: number | undefined
  /** Which call of the thread; undefined for a visit. */
  readonly callId: number | undefined
  readonly isOver: boolean
  readonly signal: AbortSignal | undefined
}

let storage: AsyncLocalStorage<Task> | undefined

/** From then on it is known what runs on whose behalf; for apps with functions that one side calls on the other. */
export function trackTasks (): void {
  storage ??= new AsyncLocalStorage()
}

export function runAsTask<Result> (current: Task, run: () => Result): Result {
  return storage === undefined ? run() : storage.run(current, run)
}

export function currentTask (): Task | undefined {
  return storage?.getStore()
}

/** What runs on the same behalf, with another signal. */
export function withSignal (signal: AbortSignal, outer: Task | undefined): Task {
  return {
    slot: outer?.slot,
    callId: outer?.callId,
    get isOver () { return outer?.isOver ?? false },
    get abortReason () { return outer?.abortReason ?? AbortReason.none },
    label: outer?.label ?? '',
    timeout: outer?.timeout ?? 0,
    cells: outer?.cells ?? [],
    signal
  }
}
