import type {
  BatchObservableCallback, Histogram, Meter, ObservableCounter, ObservableGauge
} from '@opentelemetry/api'
import type { OpenTelemetryMeterProvider } from '../../options/metrics-targets.js'
import { LoopDelay } from '../loop-delay.js'
import type { ReadMetric, Source, TimesMetric } from './metric.js'
import { type Exporter, type Joined, Sources } from './sources.js'
import { buckets, loopDelayMetric, readMetrics, runMetric, toLoopDelaySamples, waitMetric } from './table.js'
import { TimesBuffers } from './times-buffer.js'

type Api = typeof import('@opentelemetry/api')
type Instrument = ObservableCounter | ObservableGauge

const exporters = new WeakMap<object, OpenTelemetryExporter>()

/**
 * Returns the exporter of a meter provider; undefined for one that records nothing, such as that of an app
 * that has registered none.
 */
export function findOpenTelemetryExporter (
  { createNoopMeter }: Api, provider: OpenTelemetryMeterProvider
): Exporter | undefined {
  const known = exporters.get(provider)
  if (known !== undefined) return known
  // The type of a Meter is that of an optional package, so the option has another.
  const meter = provider.getMeter('fastify-blocking') as Meter
  if (meter === createNoopMeter()) return undefined
  const exporter = new OpenTelemetryExporter(meter)
  exporters.set(provider, exporter)
  return exporter
}

/** Instruments of one meter provider, observed while there are registrations. */
class OpenTelemetryExporter implements Exporter {
  readonly #meter: Meter
  readonly #sources = new Sources()
  readonly #buffers = new Map<Source, TimesBuffers>()
  readonly #read: readonly (readonly [metric: ReadMetric, instrument: Instrument])[]
  readonly #wait: Histogram
  readonly #run: Histogram
  readonly #delay: ObservableGauge
  /** Set while there are registrations. */
  #loopDelay: LoopDelay | undefined

  constructor (meter: Meter) {
    this.#meter = meter
    this.#read = readMetrics.map((metric) => {
      const { name, help: description, unit, type } = metric
      const options = { description, unit }
      return [metric, type === 'counter'
        ? meter.createObservableCounter(name, options)
        : meter.createObservableGauge(name, options)]
    })
    const createHistogram = ({ name, help: description, unit }: TimesMetric): Histogram =>
      meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries: buckets } })
    this.#wait = createHistogram(waitMetric)
    this.#run = createHistogram(runMetric)
    const { name, help: description, unit } = loopDelayMetric
    this.#delay = meter.createObservableGauge(name, { description, unit })
  }

  get #instruments (): Instrument[] {
    return [...this.#read.map(([, instrument]) => instrument), this.#delay]
  }

  readonly #collect: BatchObservableCallback = (result) => {
    for (const buffers of this.#buffers.values()) buffers.flush()
    for (const reading of this.#sources.read()) {
      for (const [metric, instrument] of this.#read) {
        for (const [value, labels] of metric.read(reading)) result.observe(instrument, value, labels)
      }
    }
    for (const [value, labels] of toLoopDelaySamples(this.#loopDelay?.read())) {
      result.observe(this.#delay, value, labels)
    }
  }

  join (registration: string, given: Omit<Source, 'registration'>): Joined {
    const source = this.#sources.add(registration, given)
    if (this.#sources.size === 1) {
      this.#meter.addBatchObservableCallback(this.#collect, this.#instruments)
      this.#loopDelay = new LoopDelay()
    }
    const buffers = new TimesBuffers()
    this.#buffers.set(source, buffers)
    return {
      observe: (route) => {
        const attributes = { registration: source.registration, route }
        return buffers.observe(
          (seconds) => this.#wait.record(seconds, attributes),
          (seconds) => this.#run.record(seconds, attributes)
        )
      },
      leave: () => this.#leave(source)
    }
  }

  #leave (source: Source): void {
    this.#buffers.get(source)?.flush()
    this.#buffers.delete(source)
    this.#sources.delete(source)
    if (this.#sources.size > 0) return
    this.#meter.removeBatchObservableCallback(this.#collect, this.#instruments)
    this.#loopDelay?.stop()
    this.#loopDelay = undefined
  }
}
