import type { LogEntry, WorkerState } from '../protocol.js'
import { type LaneSlice, sliceByWorker } from './history.js'
import type { Shown } from './view.js'
import { nameWorker } from './worker-name.js'

export interface LaneItem {
  worker: number
  /** "Thread 3", or that of a host. */
  name: string
  /** How many runs fill the lane: one of a thread, of a host as many as it has slots. */
  slots: number
  isHost: boolean
  /** Undefined: the thread, or the host, is gone. */
  state: WorkerState | undefined
  slices: LaneSlice[]
  /** Its events, oldest first. */
  log: LogEntry[]
  shown: Shown
}

/** Returns the threads and the hosts of the time shown, by their number. */
export function collectLanes (shown: Shown): LaneItem[] {
  const { samples, registration, state, history } = shown
  const slices = sliceByWorker(samples, registration)
  const states = new Map(state.workers.map((worker) => [worker.worker, worker]))
  const ofThreads = history.log.filter((entry) => 'worker' in entry)
  const logOf = (worker: number) => ofThreads.filter((entry) => entry.worker === worker)
  return [...new Set([...slices.keys(), ...states.keys()])].sort((a, b) => a - b).map((worker) => {
    const ofWorker = slices.get(worker) ?? []
    const state = states.get(worker)
    const log = logOf(worker)
    const host = state?.host?.name ?? ofWorker.find((slice) => slice.host !== undefined)?.host
    const slots = state?.host?.slots ?? log.find((entry) => entry.type === 'hostJoined')?.slots ?? 1
    const name = nameWorker(worker, host)
    return { worker, name, isHost: host !== undefined, slots, state, slices: ofWorker, log, shown }
  })
}
