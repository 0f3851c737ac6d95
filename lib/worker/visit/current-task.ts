import { AsyncLocalStorage } from 'node:async_hooks'
import { AbortReason } from '../../wire/abort-reason.js'
import type { Abortable } from './abort-signal.js'

/** The visit or call on whose behalf code runs in this worker. */
export interface CurrentTask extends Abortable {
  readonly signal: AbortSignal | undefined
}

let storage: AsyncLocalStorage<CurrentTask> | undefined

/** Starts to track the current task. Only an app with offloaded or onLoop functions needs this. */
export function trackTasks (): void {
  storage ??= new AsyncLocalStorage()
}

export function runAsTask<Result> (task: CurrentTask, run: () => Result): Result {
  return storage === undefined ? run() : storage.run(task, run)
}

export function currentTask (): CurrentTask | undefined {
  return storage?.getStore()
}

/** Returns the same task with another signal. If `task` is undefined, the result has only the signal. */
export function withSignal (signal: AbortSignal, task: CurrentTask | undefined): CurrentTask {
  return {
    session: task?.session,
    get abortReason () { return task?.abortReason ?? AbortReason.none },
    label: task?.label ?? '',
    timeout: task?.timeout ?? 0,
    signal
  }
}
