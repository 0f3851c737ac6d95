import type { Counter, Gauge, Histogram } from 'prom-client'
import type { PrometheusRegistry } from '../../options/metrics-targets.js'
import { LoopDelay } from '../loop-delay.js'
import { prometheusName, type ReadMetric, type Source, type TimesMetric } from './metric.js'
import { type Exporter, type Joined, Sources } from './sources.js'
import {
  buckets, loopDelayMetric, readMetrics, runMetric, timesLabels, toLoopDelaySamples, waitMetric
} from './table.js'
import { TimesBuffers } from './times-buffer.js'

type Client = typeof import('prom-client')

const exporters = new WeakMap<PrometheusRegistry, PrometheusExporter>()

/** Returns the exporter of a registry: registrations of one or more servers share its metrics. */
export function findPrometheusExporter (client: Client, registry: PrometheusRegistry): Exporter {
  const exporter = exporters.get(registry) ?? new PrometheusExporter(client, registry)
  exporters.set(registry, exporter)
  return exporter
}

/** Metrics of prom-client in one registry. Used until the last registration leaves. */
class PrometheusExporter implements Exporter {
  readonly #client: Client
  readonly #registry: PrometheusRegistry
  readonly #sources = new Sources()
  readonly #buffers = new Map<Source, TimesBuffers>()
  readonly #wait: Histogram
  readonly #run: Histogram
  /** All of them by name. */
  readonly #metrics: ReadonlyMap<string, Counter | Gauge | Histogram>
  /** Set while there are registrations. */
  #loopDelay: LoopDelay | undefined

  constructor (client: Client, registry: PrometheusRegistry) {
    this.#client = client
    this.#registry = registry
    this.#wait = this.#createHistogram(waitMetric)
    this.#run = this.#createHistogram(runMetric)
    this.#metrics = new Map<string, Counter | Gauge | Histogram>([
      ...readMetrics.map((metric) => [prometheusName(metric), this.#createRead(metric)] as const),
      [prometheusName(waitMetric), this.#wait],
      [prometheusName(runMetric), this.#run],
      [prometheusName(loopDelayMetric), this.#createLoopDelay()]
    ])
  }

  join (registration: string, given: Omit<Source, 'registration'>): Joined {
    const source = this.#sources.add(registration, given)
    try {
      // Each time, since the app may have cleared its registry.
      for (const [name, metric] of this.#metrics) {
        if (this.#registry.getSingleMetric(name) !== metric) this.#registry.registerMetric(metric)
      }
    } catch (error) {
      this.#leave(source)
      throw error
    }
    this.#loopDelay ??= new LoopDelay()
    const buffers = new TimesBuffers()
    this.#buffers.set(source, buffers)
    return {
      observe: (route) => {
        const labels = { registration: source.registration, route }
        const wait = this.#wait.labels(labels)
        const run = this.#run.labels(labels)
        return buffers.observe((seconds) => wait.observe(seconds), (seconds) => run.observe(seconds))
      },
      leave: () => this.#leave(source)
    }
  }

  #leave (source: Source): void {
    const { registration } = source
    this.#buffers.delete(source)
    for (const route of Object.keys(source.stats().routes)) {
      for (const histogram of [this.#wait, this.#run]) histogram.remove({ registration, route })
    }
    this.#sources.delete(source)
    if (this.#sources.size > 0) return
    this.#loopDelay?.stop()
    this.#loopDelay = undefined
    exporters.delete(this.#registry)
    for (const [name, metric] of this.#metrics) {
      // There may be another one of that name, because of which join() has failed.
      if (this.#registry.getSingleMetric(name) === metric) this.#registry.removeSingleMetric(name)
    }
  }

  #createRead (metric: ReadMetric): Counter | Gauge {
    const { help, labels: labelNames, type } = metric
    const options = { name: prometheusName(metric), help, labelNames, registers: [] }
    if (type === 'counter') {
      const counter: Counter = new this.#client.Counter({
        ...options,
        collect: () => {
          counter.reset()
          for (const reading of this.#sources.read()) {
            for (const [value, labels] of metric.read(reading)) counter.inc(labels, value)
          }
        }
      })
      return counter
    }
    const gauge: Gauge = new this.#client.Gauge({
      ...options,
      collect: () => {
        gauge.reset()
        for (const reading of this.#sources.read()) {
          for (const [value, labels] of metric.read(reading)) gauge.set(labels, value)
        }
      }
    })
    return gauge
  }

  #createHistogram (metric: TimesMetric): Histogram {
    return new this.#client.Histogram({
      name: prometheusName(metric),
      help: metric.help,
      labelNames: timesLabels,
      buckets,
      registers: [],
      collect: () => this.#flush()
    })
  }

  #flush (): void {
    for (const buffers of this.#buffers.values()) buffers.flush()
  }

  #createLoopDelay (): Gauge {
    const { help, labels: labelNames } = loopDelayMetric
    const gauge: Gauge = new this.#client.Gauge({
      name: prometheusName(loopDelayMetric),
      help,
      labelNames,
      registers: [],
      collect: () => {
        gauge.reset()
        for (const [value, labels] of toLoopDelaySamples(this.#loopDelay?.read())) {
          gauge.set(labels, value)
        }
      }
    })
    return gauge
  }
}
