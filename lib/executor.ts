import type { FastifyBaseLogger } from 'fastify'
import type { EventLog } from './event-log.js'
import type { HostCounts } from './stats-types.js'
import type { AbortReason } from './wire/abort-reason.js'
import type { Transferable } from './wire/arguments.js'
import type { LoopCall, LoopCallResult } from './wire/call-messages.js'
import type { CanSend } from './wire/cloneable.js'
import type { LogFacts, LoggerCall, LogLine } from './wire/log-messages.js'
import type { Announcement, FromWorker, Opening, ToWorker } from './wire/messages.js'
import type { BootReport } from './wire/worker-data.js'

/*
 * The seam between what the loop wants done in a worker and how that gets there. A visit or a call is a
 * session: messages both ways, and one last message, or its loss. Only an executor knows threads, ports and
 * shared memory.
 */

/** How many visits an executor may send to a worker before the running one has ended. */
export const maxPrefetch = 7

/** Carries sessions to workers, which hold the same app. */
export interface Executor {
  /** Sessions that may run at once when every worker is there. */
  readonly capacity: number
  /**
   * Resolves with the report of each worker that has built the app, once the least number has, which may be
   * 0; rejects if one could not.
   */
  start (): Promise<BootReport[]>
  /**
   * Opens a session in a worker that is free. `mayPrefetch`: where none is, the session may wait in a worker
   * in which fewer than so many wait, and others may be sent after it; 0 for a session that talks with the
   * loop. `waiting`: how many tasks wait for a worker, this one included, so that the executor may start
   * more. Undefined if no worker is free: the callback of `onCapacity` follows. Throws as `task.open()` and
   * `task.repair()`.
   */
  open (task: Task, mayPrefetch: number, waiting: number): Session | undefined
  /**
   * Resolves when the workers of start() build the app by themselves, or cannot soon. A worker may need the
   * loop to turn before: code that keeps the loop busy until the app is ready would delay it.
   */
  whenBegun (): Promise<void>
  /**
   * The boot takes too long: start() rejects with FST_BLOCKING_BOOT_TIMEOUT. `within`: which time was too
   * short, such as "500 ms"; `option`: which one to raise.
   */
  expireBoot (within: string, option: string): void
  /**
   * Has `check` see the report of each worker that boots after start(): one for which it throws is not used.
   * Calls back by `failed` if a worker could not boot, and none is kept that could serve who waits. To be
   * called after start().
   */
  onBoot (check: (report: BootReport) => void, failed: (error: unknown) => void): void
  /** Calls back when a worker has become free otherwise than by the end of a session. */
  onCapacity (callback: () => void): void
  /** Calls back with lines that workers log outside of any session. To be called before start(). */
  onLog (callback: (line: LogLine) => void): void
  /** Calls back when a worker calls the loop. */
  onCall (callback: (call: IncomingCall) => void): void
  /** Sends an announcement to every worker, and to each that boots later. */
  announce (announcement: Announcement): void
  /**
   * The loop has built the app. `facts`: texts by which workers elsewhere find the same app. `needsRemote`:
   * whether a route or an offloaded function runs only there.
   */
  appBuilt? (facts: readonly string[], needsRemote: boolean): void
  /** Says why there is no worker in that place at all; undefined if there is one. */
  whyNone? (where: Where): string | undefined
  stats (): WorkerCounts
  /** Returns the workers that have not exited, and what runs in them. */
  readWorkers (): WorkerReading[]
  /** The last events of workers. */
  readonly events: EventLog<WorkerEvent>
  /**
   * Calls back when a session with a slot of its own is over in its worker, until the callback is replaced by
   * undefined.
   */
  onRun (callback: RunCallback | undefined): void
  /**
   * Lets sessions end, closes the apps, has the workers end. Sessions that take longer than `grace` are
   * aborted; those that take as long again are given up. Resolves within 4 times `grace`, or twice `grace`
   * and 5 s if that is longer.
   */
  close (): Promise<void>
}

/**
 * The loop's end of one visit or call. Once the session has ended send, abort, terminate, complete and
 * withdraw do nothing.
 */
export interface Session {
  /** Whether the last message, or the loss, is still to come. */
  readonly isOpen: boolean
  /** Whether `started` has been called; false of a prefetched session that waits. */
  readonly isStarted: boolean
  /** Whether the session is lost although the worker still has it, since it would not end. */
  readonly isGivenUp: boolean
  /** Whether send() can send a value. */
  readonly canSend: CanSend
  /** Throws DataCloneError, before anything was sent. `transfer` is a hint: an executor may copy instead. */
  send (message: ToWorker, transfer?: readonly ArrayBuffer[]): void
  /** Opens a call in the worker of this session, which must be open. The call takes no slot of its own. */
  nest (call: Task): Session
  /**
   * Tells the worker to stop. False if the visit has begun to end without an error: then its answer counts,
   * and is still to come.
   */
  abort (reason: AbortReason): boolean
  /**
   * Aborts whatever the visit has begun, and ends the worker unless the session has ended within the grace
   * period.
   */
  terminate (reason: AbortReason): void
  /**
   * The loop ends the visit without an error: from then on abort() gives false. Gives the reason that came
   * before.
   */
  complete (): AbortReason
  /** Takes the session back if it has not started: then `lost` has been called. False if it has. */
  withdraw (): boolean
  /**
   * Gives the worker the buffer of an answer to fill again: the executor transfers the buffer, now or later,
   * or drops it.
   */
  recycle (buffer: ArrayBuffer): void
}

type WarnLogger = Pick<FastifyBaseLogger, 'warn'> | undefined

/** Whose async context it is, and what the log calls it. */
export interface AsyncScope {
  /** The route or the function, for people. */
  readonly label: string
  /** Whether a worker may be terminated when the session is over its time. */
  readonly isTerminable: boolean
  /** The logger of the request; undefined for the logger of the app. */
  readonly log?: WarnLogger
  /** Has the logger of the request carry out an order; undefined for the logger of the app. */
  callLogger? (line: LogLine): Promise<LogFacts | undefined>
  runInAsyncScope<Result> (run: () => Result): Result
}

/**
 * Receives what a session gives. Called in this order: started?, message*, then either ended or lost, once.
 */
export interface SessionHandler extends AsyncScope {
  /** performance.now() when started() was called; undefined before. */
  readonly startedAt: number | undefined
  /** The session starts now, unless the worker has ended before the loop could see it. */
  started (): void
  message (message: FromWorker): void
  /**
   * The last message. The worker is free for the next session before this is called. `ran`: ms that the
   * session has run, where another machine has measured them.
   */
  ended (message: FromWorker, ran?: number): void
  lost (lost: Lost): void
  /**
   * Set if another machine decides whether the visit ends without an error: resolves once complete() or
   * abort() of the session has been called as it has decided.
   */
  decide? (): Promise<void>
}

/** A request or a call that is to be done in a session. */
export interface Task extends SessionHandler {
  /** Makes the first message, when a worker is known. Throws if there is nothing to be done any more. */
  open (): Opening
  /**
   * Drops from the first message what cannot be sent, for one more try; or throws why it cannot be sent.
   * `error`: of the first try. `canSend`: whether a value can.
   */
  repair (error: unknown, canSend: CanSend): void
  /** Objects of a call's first message that are moved instead of copied; a hint as that of send(). */
  readonly transferList?: readonly Transferable[] | undefined
  /** Which workers may have the task. */
  readonly where: Where
  /** ms that the session may take; 0 for no limit. Whoever limits it is the task. */
  readonly timeLimit: number
}

/** Workers of this machine, of other ones, or both. */
export type Where = 'local' | 'remote' | 'any'

/** Why a session has no last message. */
export interface Lost {
  /** False: nothing has been done, and the task may be queued again. */
  readonly isStarted: boolean
  /** Why the worker ended; undefined if the session was withdrawn. */
  readonly cause: unknown
}

/** A call of a worker to the loop. */
export interface IncomingCall {
  readonly call: LoopCall | LoggerCall
  /** Whether the worker waits for the result, and does nothing else. */
  readonly isSync: boolean
  /** The session that calls; undefined for none. It may have ended. */
  readonly session: Session | undefined
  /** Undefined if the session has ended, or there is none. */
  readonly scope: AsyncScope | undefined
  /** Throws DataCloneError. */
  respond (outcome: LoopCallResult['outcome'], transferList: readonly Transferable[]): void
}

/**
 * Workers by what they do; `live` includes the busy ones. `retired` ones leave once their sessions have
 * ended.
 */
export interface WorkerCounts {
  starting: number
  live: number
  busy: number
  retired: number
  exiting: number
  /** Terminated so far because a session would not end. */
  killed: number
  /** Retired so far. */
  retirements: number
  /** Replaced so far, as option recycle says. */
  recycled: number
  /** Bytes of the heap in use, of each live worker: some seconds old. */
  heapsUsed: number[]
  /** Those that have built the app so far. */
  boots: number
  /** Those that could not build the app so far. */
  failedBoots: number
  /** ms that `boots` took in all. */
  bootTime: number
  /** Other machines whose workers are counted too; undefined without option remote. */
  hosts?: HostCounts[]
}

/** A worker at this moment. */
export interface WorkerReading {
  /** Unique in the process, and never used again. */
  worker: number
  state: 'starting' | 'live' | 'retired' | 'exiting'
  /** Bytes, as `heapsUsed` of WorkerCounts; of a host those of all of its threads. */
  heapUsed: number
  running: Run[]
  /** Set if all of another machine counts as one worker. */
  host?: HostCounts
}

/** A session with a slot of its own, or one that the loop has given up and the worker still has. */
export interface Run {
  label: string
  /** performance.now() */
  startedAt: number
  /** See AsyncScope. */
  log?: WarnLogger
}

/** `isLost`: the session ended with its worker, or had been given up. */
export type RunCallback = (worker: number, run: Run, isLost: boolean) => void

/** An event of a worker; `labels`: of the sessions that did not end. */
export type WorkerEvent =
  /** The worker has built the app, in so many ms. */
  { type: 'booted', worker: number, took: number } |
  { type: 'bootFailed', error: unknown } |
  /** The worker is terminated because a session would not end. */
  { type: 'killed', worker: number, labels: string[] } |
  { type: 'retired', worker: number, labels: string[] } |
  /** The worker was replaced, as option recycle says. */
  { type: 'recycled', worker: number, reason: string } |
  { type: 'exited', worker: number } |
  /** A worker host is there; its own log tells of its threads. `host`: its name. */
  { type: 'hostJoined', worker: number, host: string, slots: number, version: string } |
  /** The host has told that it leaves. */
  { type: 'hostLeft', worker: number, host: string } |
  /** The host is gone without a word, see `reason`. */
  { type: 'hostLost', worker: number, host: string, reason: string } |
  /** The host has built another app, so it gets no session. */
  { type: 'hostRefused', host: string, error: unknown } |
  /** The host cannot serve the app; the log says why. */
  { type: 'hostUnable', host: string }
