import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { LoopDelay } from '../insight/loop-delay.js'
import { findStarted } from '../insight/registrations.js'
import { findOwnFile } from '../package-file.js'
import type { Begin, LogEntry, Sample, StallEntry, State, Tick } from './protocol.js'
import { RegistrationRecorder } from './registration-recorder.js'

/** ms between two ticks. */
const interval = 1_000

/** ms for which samples are kept, and are taken after the last viewer has left. */
const kept = 600_000

/** How many entries of the log, and how many stalls, are kept. */
const maxEntries = 200

const { version } = JSON.parse(readFileSync(findOwnFile('../package.json'), 'utf8')) as { version: string }

type Listener = (tick: Tick) => void

const recorders = new WeakMap<FastifyInstance['server'], Recorder>()

/**
 * Records what the pages show, for all dashboards of one server. Nothing is sampled before the first viewer
 * comes, nor when none has been there for as long as samples are kept.
 */
export class Recorder {
  readonly #run = randomUUID()
  readonly #server: FastifyInstance['server']
  readonly #listeners = new Set<Listener>()
  #registrations: readonly RegistrationRecorder[] = []
  readonly #samples: Sample[] = []
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

  /** Returns all that was recorded up to the last tick, and the state now. */
  readAll (): Begin {
    return {
      type: 'begin',
      run: this.#run,
      startedAt: performance.timeOrigin,
      node: process.version,
      package: version,
      interval,
      kept,
      registrations: this.#registrations.map(({ info }) => info),
      samples: this.#samples,
      log: this.#log,
      stalls: this.#stalls,
      state: this.#readState()
    }
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
    this.#timer = setInterval(() => this.#tick(), interval).unref()
  }

  #tick (): void {
    if (this.#listeners.size === 0 && performance.now() - this.#leftAt >= kept) return this.stop()
    const state = this.#readState()
    const sample = this.#takeSample(state)
    const tick: Tick = { type: 'tick', sample, ...this.#takeEntries(), state }
    for (const listener of this.#listeners) listener(tick)
  }

  #readState (): State {
    return { at: Date.now(), registrations: this.#registrations.map((one) => one.readState()) }
  }

  #takeSample ({ at, registrations }: State): Sample {
    const now = performance.now()
    const sample: Sample = {
      at,
      duration: now - this.#sampledAt,
      delay: this.#delay!.read(),
      registrations: this.#registrations.map((one, index) => one.takeSample(registrations[index]!))
    }
    this.#sampledAt = now
    this.#samples.push(sample)
    this.#dropOld()
    return sample
  }

  #dropOld (): void {
    const oldest = Date.now() - kept
    while (this.#samples.length > 0 && this.#samples[0]!.at < oldest) this.#samples.shift()
  }

  /** Adds what has happened since the last call, and returns that. */
  #takeEntries (): Pick<Tick, 'log' | 'stalls'> {
    const log = this.#registrations.flatMap((one) => one.takeLog())
    const stalls = this.#registrations.flatMap((one) => one.takeStalls())
    this.#log = [...this.#log, ...log].slice(-maxEntries)
    this.#stalls = [...this.#stalls, ...stalls].slice(-maxEntries)
    return { log, stalls }
  }
}
