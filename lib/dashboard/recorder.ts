import { AsyncResource } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { LoopDelay } from '../insight/loop-delay.js'
import { findStarted } from '../insight/registrations.js'
import { findOwnFile } from '../package-file.js'
import type { Begin, LogEntry, Sample, StallEntry, State, Tick } from './protocol.js'
import { RegistrationRecorder } from './registration-recorder.js'
import { roundTime } from './run-times.js'

/** ms between two ticks. */
const interval = 1_000

/** ms for which samples are kept, and are taken after the last viewer has left. */
const kept = 600_000

/** How many entries of the log, and how many stalls, are kept of each registration. */
const keptEntries = 200

const { version } = JSON.parse(readFileSync(findOwnFile('../package.json'), 'utf8')) as { version: string }

/** Gets each tick as JSON. */
type Listener = (tick: string) => void

interface KeptSample {
  at: number
  /** Made once: a page that is opened gets hundreds of samples, which would hold the event loop. */
  json: string
}

const recorders = new WeakMap<FastifyInstance['server'], Recorder>()

/** The timer is nobody's: it would go on in the async context of the viewer who came first. */
const ownScope = new AsyncResource('fastify-blocking.dashboard')

/**
 * Records what the pages show, for all dashboards of one server. Nothing is sampled before the first viewer
 * comes, nor when none has been there for as long as samples are kept.
 */
export class Recorder {
  readonly #run = randomUUID()
  readonly #server: FastifyInstance['server']
  readonly #listeners = new Set<Listener>()
  #registrations: readonly RegistrationRecorder[] = []
  readonly #samples: KeptSample[] = []
  #log: LogEntry[] = []
  #stalls: StallEntry[] = []
  #delay: LoopDelay | undefined
  #timer: NodeJS.Timeout | undefined
  #sampledAt = 0
  #leftAt = 0

  static of (server: FastifyInstance['server']): Recorder {
    let recorder = recorders.get(server)
    if (recorder === undefined) recorders.set(server, recorder = new Recorder(server))
    return recorder
  }

  private constructor (server: FastifyInstance['server']) {
    this.#server = server
  }

  /** Calls back with each tick from now on. */
  join (listener: Listener): void {
    if (this.#timer === undefined) this.#start()
    this.#listeners.add(listener)
  }

  /** Returns the event Begin as JSON: all that was recorded up to the last tick, and the state now. */
  readAll (): string {
    const begin: Begin = {
      type: 'begin',
      run: this.#run,
      startedAt: performance.timeOrigin,
      node: process.version,
      package: version,
      interval,
      kept,
      registrations: this.#registrations.map(({ info }) => info),
      log: this.#log,
      stalls: this.#stalls,
      keptEntries,
      state: this.#readState(),
      samples: []
    }
    // The array is the last property, and empty.
    const samples = this.#samples.map(({ json }) => json).join()
    return `${JSON.stringify(begin).slice(0, -']}'.length)}${samples}]}`
  }

  leave (listener: Listener): void {
    this.#listeners.delete(listener)
    this.#leftAt = performance.now()
  }

  /** The server closes. */
  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#delay?.stop()
    for (const registration of this.#registrations) registration.stop()
  }

  #start (): void {
    // Not before: an app may have registrations below the dashboard, or after it.
    if (this.#registrations.length === 0) {
      this.#registrations = findStarted(this.#server)
        .map((registration, index) => new RegistrationRecorder(registration, index))
    }
    for (const registration of this.#registrations) registration.start()
    this.#takeEntries()
    this.#dropOld()
    this.#delay = new LoopDelay()
    this.#sampledAt = performance.now()
    this.#timer = ownScope.runInAsyncScope(() => setInterval(() => this.#tick(), interval).unref())
  }

  #tick (): void {
    if (this.#listeners.size === 0 && performance.now() - this.#leftAt >= kept) return this.stop()
    const state = this.#readState()
    const { at } = state
    const sample = JSON.stringify(this.#takeSample(state))
    this.#samples.push({ at, json: sample })
    this.#dropOld()
    const entries = this.#takeEntries()
    if (this.#listeners.size === 0) return
    // As the event Tick.
    const tick = `{"type":"tick","sample":${sample},${JSON.stringify({ ...entries, state }).slice(1)}`
    for (const listener of this.#listeners) listener(tick)
  }

  #readState (): State {
    return { at: Date.now(), registrations: this.#registrations.map((one) => one.readState()) }
  }

  #takeSample ({ at, registrations }: State): Sample {
    const now = performance.now()
    const duration = roundTime(now - this.#sampledAt)
    this.#sampledAt = now
    return {
      at,
      duration,
      delay: this.#readDelay(),
      registrations: this.#registrations.map((one, index) => one.takeSample(registrations[index]!))
    }
  }

  #readDelay (): Sample['delay'] {
    const reading = this.#delay!.read()
    if (reading === undefined) return undefined
    const { p50, p99, max } = reading
    return { p50: roundTime(p50), p99: roundTime(p99), max: roundTime(max) }
  }

  /** Drops also what is too much for its time: the clock may have been set back. */
  #dropOld (): void {
    const oldest = Date.now() - kept
    const most = kept / interval
    while (this.#samples.length > most || (this.#samples[0]?.at ?? oldest) < oldest) this.#samples.shift()
  }

  /** Adds what has happened since the last call, and returns that. */
  #takeEntries (): Pick<Tick, 'log' | 'stalls'> {
    const log = this.#registrations.flatMap((one) => one.takeLog()).toSorted(byTime)
    const stalls = this.#registrations.flatMap((one) => one.takeStalls()).toSorted(byTime)
    this.#log = keepLast([...this.#log, ...log])
    this.#stalls = keepLast([...this.#stalls, ...stalls])
    return { log, stalls }
  }
}

/** Keeps the last entries of each registration, in their order. */
function keepLast<Entry extends LogEntry | StallEntry> (entries: Entry[]): Entry[] {
  const counts = new Map<number, number>()
  return entries.toReversed().filter(({ registration }) => {
    const count = (counts.get(registration) ?? 0) + 1
    counts.set(registration, count)
    return count <= keptEntries
  }).toReversed()
}

function byTime (one: { at: number }, other: { at: number }): number {
  return one.at - other.at
}
