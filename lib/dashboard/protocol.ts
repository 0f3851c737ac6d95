import type { Advice } from '../insight/advice.js'
import type { HostCounts, Stats } from '../stats-types.js'

/*
 * The events that the server sends to each page, named by their `type`; the data is the event as JSON. Times
 * are ms since 1970, durations ms. Entries of the log and stalls are those of executor.ts and insight/,
 * without objects, and with the index of their registration.
 */

export type DashboardEvent = Begin | Tick

/** The first event of each connection: all that the page needs to show the last ten minutes. */
export interface Begin {
  type: 'begin'
  /** Another one after the server has started again: then nothing of before belongs to it. */
  run: string
  /** When the process started. */
  startedAt: number
  /** Versions. */
  node: string
  package: string
  /** ms between two ticks. */
  interval: number
  /** ms for which samples are kept. */
  kept: number
  registrations: RegistrationInfo[]
  /** Oldest first. There is a gap where nobody has looked for longer than `kept`. */
  samples: Sample[]
  /** The last `keptEntries` of each registration, oldest first, as the stalls. */
  log: LogEntry[]
  stalls: StallEntry[]
  keptEntries: number
  state: State
}

/** Each later event. */
export interface Tick {
  type: 'tick'
  sample: Sample
  /** Entries since the last tick. */
  log: LogEntry[]
  stalls: StallEntry[]
  state: State
}

/** A registration of the plugin on the server. Others refer to it by its index. */
export interface RegistrationInfo {
  /** Option `name`, or the prefix, "/" at the root. */
  name: string
  /** pool.maxThreads */
  threads: number
  /** queue.max */
  queue: number
  /** Whether option `advice` is on. */
  isAdvised: boolean
  /** Whether stalls are seen: with option `advice`, where the event loop can be watched. */
  isWatched: boolean
}

/** How things are at this moment. */
export interface State {
  at: number
  /** By the index of the registration. */
  registrations: RegistrationState[]
}

export interface RegistrationState {
  stats: Stats
  isSaturated: boolean
  workers: WorkerState[]
  /** Undefined: option `advice` is off. */
  advice?: Advice[] | undefined
}

export interface WorkerState {
  /** Number of the thread, or of the host, unique in the process. */
  worker: number
  state: 'starting' | 'live' | 'retired' | 'exiting'
  /** Set if it is a worker host, with all of its threads. */
  host?: HostCounts
  /** Bytes; 0 before the thread has told. */
  heapUsed: number
  /** Runs that go on now. */
  running: { label: string, since: number }[]
}

/** One interval. Durations are rounded to 0.1 ms. */
export interface Sample {
  /** The end of the interval. */
  at: number
  /** Longer than `interval` where the event loop was held. */
  duration: number
  /** By how much timers of the event loop were late; undefined if none was due. */
  delay?: { p50: number, p99: number, max: number } | undefined
  /** By the index of the registration. */
  registrations: RegistrationSample[]
}

export interface RegistrationSample {
  /** At the end of the interval, as the two below. */
  queue: number
  busy: number
  live: number
  /** Number of requests and calls that have ended, with any outcome, by route; only of routes with any. */
  ended: Record<string, number>
  workers: WorkerSample[]
}

export interface WorkerSample {
  worker: number
  /** Name of the worker host, if it is one: it may be gone when the sample is looked at. */
  host?: string
  heapUsed: number
  ran: RunSample[]
}

/**
 * Runs of one thread, or host, in the interval, of one route, "GET /report", or of one offloaded function,
 * "offload render". A tuple, since there are many. `time`: ms of the interval; more than it lasts where a
 * thread runs several at once. `count`: how many have ended in the interval. `lost`: how many of these were
 * lost with their thread, which was terminated or has exited, or with their host.
 */
export type RunSample = readonly [label: string, time: number, count: number, lost: number]

/** An event that is rare: of a thread, of a worker host, or a measured route that has moved. */
export type LogEntry = { at: number, registration: number } & (
  /** The thread has built the app. */
  { type: 'booted', worker: number, took: number } |
  { type: 'bootFailed', error: string } |
  /** The thread is terminated, since what it runs did not end. */
  { type: 'killed', worker: number, labels: string[] } |
  /** The same, but the thread cannot be terminated safely, and leaves by itself. */
  { type: 'retired', worker: number, labels: string[] } |
  /** The thread is replaced, as option recycle says. */
  { type: 'recycled', worker: number, reason: string } |
  { type: 'exited', worker: number } |
  /** A worker host is there. `host`: its name, as in the four below. */
  { type: 'hostJoined', worker: number, host: string, slots: number, version: string } |
  /** The host has told that it leaves. */
  { type: 'hostLeft', worker: number, host: string } |
  /** The host is gone without a word. */
  { type: 'hostLost', worker: number, host: string, reason: string } |
  /** The host has built another app, and gets no requests. */
  { type: 'hostRefused', host: string, error: string } |
  /** The host cannot serve the app; the reason, which may hold secrets of the app, is in the log alone. */
  { type: 'hostUnable', host: string } |
  /** A measured route runs elsewhere from now on; `text` has the measured reason. */
  { type: 'moved', route: string, to: 'worker' | 'loop', text: string }
)

/** Code that has held the event loop for longer than the threshold of option `advice`. */
export interface StallEntry {
  /** When it began. */
  at: number
  held: number
  registration: number
  /** Undefined: code of no request, or of one whose route is not known. */
  route?: string | undefined
  /** Innermost call first; paths from the working directory; lines from 1. */
  frames: { function?: string | undefined, file: string, line: number }[]
}
