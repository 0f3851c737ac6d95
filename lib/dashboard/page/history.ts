import type { Begin, LogEntry, RunSample, Sample, StallEntry, State, Tick } from '../protocol.js'

/** A time without samples is one of which nothing is known from so many intervals on. */
const gap = 2.5

/** Knows one run of the server. */
export class History {
  readonly begin: Begin
  /** Oldest first, as the two below. */
  readonly samples: Sample[]
  readonly log: LogEntry[]
  readonly stalls: StallEntry[]
  /** Whether older entries are not kept any more. */
  isLogCut = false
  areStallsCut = false
  state: State

  constructor (begin: Begin) {
    this.begin = begin
    this.samples = begin.samples
    this.log = begin.log
    this.stalls = begin.stalls
    this.state = begin.state
    this.#cut()
  }

  add ({ sample, log, stalls, state }: Tick): void {
    this.samples.push(sample)
    this.log.push(...log)
    this.stalls.push(...stalls)
    this.state = state
    this.#cut()
  }

  /** Returns the samples that end after this moment. */
  readSamples (from: number): Sample[] {
    return this.samples.filter(({ at }) => at > from)
  }

  /** Returns the times before, between and after the samples of which nothing is known. */
  findGaps (from: number, to: number): { from: number, to: number }[] {
    const samples = this.readSamples(from)
    const ends = [Math.max(from, this.begin.startedAt), ...samples.map(({ at }) => at)]
    const starts = [...samples.map(({ at, duration }) => at - duration), to]
    return ends.map((from, index) => ({ from, to: starts[index]! }))
      .filter(({ from, to }) => to - from > gap * this.begin.interval)
  }

  #cut (): void {
    const kept = this.samples.findIndex(({ at }) => at > this.state.at - this.begin.kept)
    this.samples.splice(0, kept === -1 ? this.samples.length : kept)
    this.isLogCut ||= cutEntries(this.log, this.begin)
    this.areStallsCut ||= cutEntries(this.stalls, this.begin)
  }
}

/** Cuts to as many as the server keeps. Returns whether older ones may be missing. */
function cutEntries (entries: LogEntry[] | StallEntry[], { keptEntries, registrations }: Begin): boolean {
  const most = keptEntries * registrations.length
  entries.splice(0, entries.length - most)
  const countOf = (index: number): number => entries.filter((one) => one.registration === index).length
  return registrations.some((_, index) => countOf(index) >= keptEntries)
}

/** A thread, or a host, in one interval. */
export interface LaneSlice {
  /** The end of the interval. */
  at: number
  duration: number
  heapUsed: number
  ran: RunSample[]
  /** As in WorkerSample. */
  host: string | undefined
}

/** Returns the slices of each thread and host of a registration, oldest first. */
export function sliceByWorker (samples: readonly Sample[], registration: number): Map<number, LaneSlice[]> {
  const byWorker = new Map<number, LaneSlice[]>()
  for (const { at, duration, registrations } of samples) {
    for (const { worker, heapUsed, ran, host } of registrations[registration]?.workers ?? []) {
      const slices = byWorker.get(worker) ?? []
      if (slices.length === 0) byWorker.set(worker, slices)
      slices.push({ at, duration, heapUsed, ran, host })
    }
  }
  return byWorker
}

/** The runs of one route. */
export interface RouteRuns { label: string, count: number, time: number, lost: number }

/** Returns the runs of each route in all slices, the longest time first. */
export function sumByRoute (slices: readonly LaneSlice[]): RouteRuns[] {
  const byLabel = new Map<string, RouteRuns>()
  for (const [label, time, count, lost] of slices.flatMap(({ ran }) => ran)) {
    const sum = byLabel.get(label) ?? { label, count: 0, time: 0, lost: 0 }
    byLabel.set(label, sum)
    sum.count += count
    sum.time += time
    sum.lost += lost
  }
  return [...byLabel.values()].sort((a, b) => b.time - a.time)
}

/** Returns how many requests have ended per second; without a route those of all. */
export function readRate ({ duration, registrations }: Sample, registration: number, route?: string): number {
  const ended = registrations[registration]?.ended ?? {}
  const counts = route === undefined ? Object.values(ended) : [ended[route] ?? 0]
  const count = counts.reduce((sum, one) => sum + one, 0)
  return count / duration * 1_000
}
