import { randomUUID } from 'node:crypto'
import inspector from 'node:inspector'
import { type EventLoopUtilization, performance, PerformanceObserver } from 'node:perf_hooks'
import { isMainThread, Worker } from 'node:worker_threads'
import { findOwnFile } from '../package-file.js'
import { beatsPerThreshold, Cell, cells, type StallOver, type WatchdogData } from './heartbeat.js'
import { findSampledCode, lengthOf, type Sample, type Span } from './samples.js'
import { captureStack, type Frame, resolveFiles } from './stack.js'
import { type HandledRequest, onNextRequest, RequestWatch } from './watched-requests.js'

/** Code that has held the event loop for longer than the threshold. */
export interface Stall {
  /** performance.now() when it began. */
  from: number
  /** ms for which the loop did not turn, less those without a processor. */
  held: number
  /** The stack in the midst of it, innermost call first. */
  frames: readonly Frame[]
  /** The request whose code it was; undefined for code of none, and where it is not known. */
  handled: HandledRequest | undefined
  /** Whether the handler had not started yet: it was a hook, or the parsing. */
  isBeforeHandler: boolean
  /** ms between the start of the handler and the stall for which the loop was idle; 0 before the handler. */
  waited: number
}

export interface StallListener {
  /** A request has reached its handler while requests are watched. */
  started (handled: HandledRequest): void
  /** Returns whether the stall is that of the listener: then no other one is told. */
  stalled (stall: Stall): boolean
  /** The watchdog has ended by itself. */
  failed (error: unknown): void
}

/** ms for which requests are watched once a listener has asked for it. */
const watchTime = 60_000

/** ms after a stall by which Node has told of the garbage collections during it. */
const collectionDelay = 50

const keptCollections = 100

/** ms for which the loop has to be idle until nothing beats any more. */
const idleTime = 30_000

/** ms between two looks whether the loop is idle. */
const idleInterval = 1_000

/** Share of the time for which the loop is busy with beats alone, at most. */
const idleUtilization = 0.02

/** ms after which a stall before a handler is told without its route, since no handler has followed. */
const handlerTime = 1_000

/** Returns why code that holds the event loop cannot be found here. */
export function findObstacle (): string | undefined {
  // An inspector reaches the main thread from any thread, and no other one.
  if (!isMainThread) return 'the app runs in a worker thread, which no other thread can look into'
  if (!process.features.inspector) return 'this build of Node has no inspector'
  return inspector.url() === undefined ? undefined : 'a debugger may be attached, whose pauses look alike'
}

const detectors = new Map<number, StallDetector>()

/**
 * Notices when code holds the event loop of the main thread, and where. One for the process: the main thread
 * beats in shared memory, and a watchdog thread asks for samples of its stack while it does not.
 */
export class StallDetector {
  readonly #state = new Int32Array(new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT))
  readonly #threshold: number
  readonly #sampleKey = `fastify-blocking.sample.${randomUUID()}`
  readonly #listeners = new Set<StallListener>()
  readonly #requests: RequestWatch
  readonly #watchdog: Worker
  #timer: NodeJS.Timeout | undefined
  #watchTimer: NodeJS.Timeout | undefined
  #cancelWake: (() => void) | undefined
  #lastBeat = 0
  #lastIdleLook = 0
  #idleSince = 0
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #samples: Sample[] = []
  /** Stalls that have ended, by their beat, until the watchdog has told how long the thread was starved. */
  readonly #ended = new Map<number, { span: Span, samples: readonly Sample[] }>()
  /** The last garbage collections that have taken some time. */
  readonly #collections: Span[] = []
  readonly #collectionObserver = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      if (duration > 1) this.#collections.push({ start: startTime, end: startTime + duration })
    }
    this.#collections.splice(0, this.#collections.length - keptCollections)
  })

  /** Adds a listener to the detector of this threshold, in ms. */
  static join (threshold: number, listener: StallListener): StallDetector {
    let detector = detectors.get(threshold)
    if (detector === undefined) {
      detector = new StallDetector(threshold)
      detectors.set(threshold, detector)
    }
    detector.#listeners.add(listener)
    return detector
  }

  /** Removes a listener; the last one takes the watchdog along. */
  async leave (listener: StallListener): Promise<void> {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    detectors.delete(this.#threshold)
    this.#stop()
    this.#watchdog.removeAllListeners()
    await this.#watchdog.terminate()
    Reflect.deleteProperty(globalThis, Symbol.for(this.#sampleKey))
  }

  private constructor (threshold: number) {
    this.#threshold = threshold
    this.#requests = new RequestWatch(() => this.#beat(), (handled) => {
      this.#beat()
      for (const listener of this.#listeners) listener.started(handled)
    })
    Reflect.set(globalThis, Symbol.for(this.#sampleKey), () => this.#takeSample())
    const data: WatchdogData = {
      memory: this.#state.buffer as SharedArrayBuffer,
      interval: threshold / beatsPerThreshold,
      sampleKey: this.#sampleKey
    }
    this.#watchdog = new Worker(findOwnFile('insight/watchdog.js'), {
      workerData: data,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }
    })
    this.#watchdog.unref()
    this.#watchdog.on('message', (message: StallOver) => this.#stallOver(message))
    this.#watchdog.on('error', (error) => {
      this.#stop()
      for (const listener of this.#listeners) listener.failed(error)
    })
    // Nothing beats before the first request.
    this.#sleep()
  }

  /** Watches requests for a minute: whose code holds the loop is known then. */
  watchRequests (): void {
    this.#requests.start()
    clearTimeout(this.#watchTimer)
    this.#watchTimer = setTimeout(() => this.#requests.stop(), watchTime).unref()
  }

  #beat (): void {
    const now = performance.now()
    const span = { start: this.#lastBeat, end: now }
    this.#lastBeat = now
    const beat = Atomics.add(this.#state, Cell.beats, 1)
    if (this.#samples.length > 0) {
      if (this.#samples.length > 1 && lengthOf(span) >= this.#threshold) {
        this.#ended.set(beat, { span, samples: this.#samples })
      }
      this.#samples = []
    }
    if (now - this.#lastIdleLook >= idleInterval) this.#lookIfIdle(now)
  }

  /**
   * Called by an inspector's request, in the midst of the code that holds the loop: it calls no code of the
   * app, nothing of Node that is not reentrant, and throws nothing.
   */
  #takeSample (): void {
    const request = this.#requests.current
    this.#samples.push({
      at: performance.now(),
      idle: performance.eventLoopUtilization().idle,
      frames: captureStack(),
      request,
      isBeforeHandler: request !== undefined && request.handled === undefined
    })
  }

  #stallOver ({ beat, starved }: StallOver): void {
    const ended = this.#ended.get(beat)
    this.#ended.delete(beat)
    if (ended === undefined) return
    setTimeout(() => this.#judge(ended.span, starved, ended.samples), collectionDelay).unref()
  }

  #judge (span: Span, starved: number, samples: readonly Sample[]): void {
    const resolved = samples.map((sample) => ({ ...sample, frames: resolveFiles(sample.frames) }))
    const code = findSampledCode(span, resolved)
    if (code === undefined) return
    const lost = starved * lengthOf(code.span) / lengthOf(span)
    // Garbage that is collected within code is the code's; a pause that no code interrupts is not.
    const isPause = code.spread < this.#threshold / 8
    const held = lengthOf(code.span) - (isPause ? Math.max(lost, this.#collected(span)) : lost)
    if (held < this.#threshold) return
    const { sample, span: { start: from } } = code
    const { request } = sample
    if (request === undefined || request.handled !== undefined) return this.#tell(from, held, sample)
    // Its route is known once the handler starts.
    const timer = setTimeout(() => this.#tell(from, held, sample), handlerTime).unref()
    request.onHandled = () => {
      clearTimeout(timer)
      this.#tell(from, held, sample)
    }
  }

  /** ms of the span in which garbage was collected. */
  #collected ({ start, end }: Span): number {
    return this.#collections.reduce(
      (sum, one) => sum + Math.max(0, Math.min(end, one.end) - Math.max(start, one.start)), 0
    )
  }

  #tell (from: number, held: number, { idle, frames, request, isBeforeHandler }: Sample): void {
    const handled = request?.handled
    const waited = handled === undefined || isBeforeHandler ? 0 : idle - handled.idle
    const stall: Stall = { from, held, frames, handled, isBeforeHandler, waited }
    for (const listener of this.#listeners) if (listener.stalled(stall)) return
  }

  #lookIfIdle (now: number): void {
    this.#lastIdleLook = now
    Atomics.store(this.#state, Cell.debugged, inspector.url() === undefined ? 0 : 1)
    const current = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(current, this.#utilization)
    this.#utilization = current
    if (utilization > idleUtilization) this.#idleSince = now
    else if (now - this.#idleSince >= idleTime) this.#sleep()
  }

  #sleep (): void {
    this.#stop()
    Atomics.store(this.#state, Cell.asleep, 1)
    this.#cancelWake = onNextRequest(() => this.#wake())
  }

  /** Nothing beats any more, and no request is watched. */
  #stop (): void {
    clearInterval(this.#timer)
    clearTimeout(this.#watchTimer)
    this.#cancelWake?.()
    this.#requests.stop()
    this.#collectionObserver.disconnect()
  }

  #wake (): void {
    this.#cancelWake = undefined
    this.#lastBeat = this.#idleSince = this.#lastIdleLook = performance.now()
    this.#utilization = performance.eventLoopUtilization()
    this.#collectionObserver.observe({ entryTypes: ['gc'] })
    this.#timer = setInterval(() => this.#beat(), this.#threshold / beatsPerThreshold).unref()
    Atomics.add(this.#state, Cell.beats, 1)
    Atomics.store(this.#state, Cell.asleep, 0)
    Atomics.notify(this.#state, Cell.asleep)
  }
}
