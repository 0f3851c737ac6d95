import type { WorkerEvent } from '../executor.js'
import type { ObservedRegistration, StallEvent } from '../insight/registrations.js'
import { nameCalls } from '../insight/place.js'
import type { Counts, RouteMove } from '../stats-types.js'
import type {
  LogEntry, RegistrationInfo, RegistrationSample, RegistrationState, StallEntry
} from './protocol.js'
import { RunTimes } from './run-times.js'

/** Calls of a stack that are shown. */
const maxFrames = 30

/** How many events of a registration have been read. */
interface Seen {
  workers: number
  moves: number
  stalls: number
}

/** Reads one registration for the dashboard. */
export class RegistrationRecorder {
  readonly #registration: ObservedRegistration
  readonly #index: number
  readonly #runTimes = new RunTimes()
  /** Number of requests and calls that have ended, by route. */
  #ended = new Map<string, number>()
  readonly #seen: Seen = { workers: 0, moves: 0, stalls: 0 }

  constructor (registration: ObservedRegistration, index: number) {
    this.#registration = registration
    this.#index = index
  }

  get info (): RegistrationInfo {
    const { name, limits, stalls } = this.#registration
    const isAdvised = this.#registration.readAdvice() !== undefined
    return { name, ...limits, isAdvised, isWatched: stalls !== undefined }
  }

  /** Counts runs from now on. */
  start (): void {
    const { side } = this.#registration
    this.#runTimes.take(side.readWorkers())
    this.#countEnded(side.stats().routes)
    side.onRun((worker, run, isLost) => this.#runTimes.add(worker, run, isLost))
  }

  stop (): void {
    this.#registration.side.onRun(undefined)
  }

  readState (): RegistrationState {
    const { side } = this.#registration
    const now = Date.now() - performance.now()
    return {
      stats: side.stats(),
      isSaturated: side.isSaturated(),
      workers: side.readWorkers().map(({ running, ...worker }) => ({
        ...worker,
        running: running.map(({ label, startedAt }) => ({ label, since: now + startedAt }))
      })),
      advice: this.#registration.readAdvice()
    }
  }

  /** Ends an interval of counting. `state`: that of now. */
  takeSample ({ stats: { queue, threads, routes } }: RegistrationState): RegistrationSample {
    const workers = this.#registration.side.readWorkers()
    const ran = this.#runTimes.take(workers)
    const readings = new Map(workers.map((reading) => [reading.worker, reading]))
    return {
      queue,
      busy: threads.busy,
      live: threads.live,
      ended: this.#countEnded(routes),
      workers: [...new Set([...readings.keys(), ...ran.keys()])].map((worker) => {
        const { heapUsed = 0, host } = readings.get(worker) ?? {}
        return { worker, heapUsed, ran: ran.get(worker) ?? [], ...(host && { host: host.name }) }
      })
    }
  }

  /** Returns how many have ended since the last call, by route. */
  #countEnded (routes: Record<string, Counts>): Record<string, number> {
    const ended: Record<string, number> = {}
    for (const [route, counts] of Object.entries(routes)) {
      const { completed, failed, refused, timedOut, clientGone } = counts
      const all = completed + failed + refused + timedOut + clientGone
      const more = all - (this.#ended.get(route) ?? 0)
      if (more > 0) ended[route] = more
      this.#ended.set(route, all)
    }
    return ended
  }

  /** Returns the events since the last call. */
  takeLog (): LogEntry[] {
    const { side: { workerEvents, moves } } = this.#registration
    const ofWorkers = workerEvents.readAfter(this.#seen.workers).map(describeWorkerEvent)
    const ofRoutes = moves.readAfter(this.#seen.moves)
      .map((move): RouteMoved => ({ type: 'moved', ...move }))
    this.#seen.workers = workerEvents.count
    this.#seen.moves = moves.count
    return [...ofWorkers, ...ofRoutes].map((event) => ({ ...event, registration: this.#index }))
  }

  takeStalls (): StallEntry[] {
    const { stalls } = this.#registration
    if (stalls === undefined) return []
    const entries = stalls.readAfter(this.#seen.stalls)
      .map((stall) => ({ ...describeStall(stall), registration: this.#index }))
    this.#seen.stalls = stalls.count
    return entries
  }
}

type RouteMoved = RouteMove & { type: 'moved', at: number }

/** An error is shown by its code or name alone: the message of one of a boot may hold secrets of the app. */
function describeWorkerEvent (event: WorkerEvent & { at: number }) {
  if (!('error' in event)) return event
  const { error, ...others } = event
  return { ...others, error: nameError(error) }
}

function nameError (error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  // The cause of FST_BLOCKING_BOOT_FAILED says more.
  if (error.cause instanceof Error) return nameError(error.cause)
  const { code, name }: Error & { code?: unknown } = error
  return typeof code === 'string' ? code : name
}

function describeStall ({ at, held, route, frames }: StallEvent): Omit<StallEntry, 'registration'> {
  return { at, held, route, frames: nameCalls(frames, maxFrames) }
}
