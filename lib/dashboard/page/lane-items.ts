import type { LogEntry, WorkerState } from '../protocol.js'
import { type LaneSlice, sliceByWorker } from './history.js'
import type { Shown } from './view.js'

export interface LaneItem {
  worker: number
  /** Undefined: the thread is gone. */
  state: WorkerState | undefined
  slices: LaneSlice[]
  /** Events of the thread, oldest first. */
  log: LogEntry[]
  shown: Shown
}

/** Returns the threads of the time shown, by their number. */
export function collectLanes (shown: Shown): LaneItem[] {
  const { samples, registration, state, history } = shown
  const slices = sliceByWorker(samples, registration)
  const states = new Map(state.workers.map((worker) => [worker.worker, worker]))
  const ofThreads = history.log.filter((entry) => 'worker' in entry)
  const logOf = (worker: number) => ofThreads.filter((entry) => entry.worker === worker)
  return [...new Set([...slices.keys(), ...states.keys()])].sort((a, b) => a - b).map((worker) => ({
    worker, state: states.get(worker), slices: slices.get(worker) ?? [], log: logOf(worker), shown
  }))
}
