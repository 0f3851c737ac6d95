import { MissingPackage } from '../../errors.js'
import type { MetricsSettings } from '../../options/settings.js'
import type { TimesObserver } from '../../stats-types.js'
import { findOpenTelemetryExporter } from './opentelemetry.js'
import { findPrometheusExporter } from './prometheus.js'
import type { Exporter, Joined } from './sources.js'
import type { Source } from './metric.js'

/** A registration that may be exported: its side, once the app is ready. */
export interface ExportedSide extends Pick<Source, 'stats' | 'isSaturated'> {
  observe (createObserver: (route: string) => TimesObserver): void
}

/** The metrics of one registration. */
export class Metrics {
  readonly #findExporters: (() => Exporter | undefined)[]
  #joined: Joined[] = []

  private constructor (findExporters: (() => Exporter | undefined)[]) {
    this.#findExporters = findExporters
  }

  /** Loads what the option asks for. Throws FST_BLOCKING_MISSING_PACKAGE. */
  static async load ({ prometheus, openTelemetry }: MetricsSettings): Promise<Metrics> {
    const find: (() => Exporter | undefined)[] = []
    if (prometheus !== undefined) {
      const client = await import('prom-client').catch(tellMissing('prometheus', 'prom-client'))
      find.push(() => findPrometheusExporter(client, prometheus === true ? client.register : prometheus))
    }
    if (openTelemetry !== undefined) {
      const api = await import('@opentelemetry/api').catch(tellMissing('openTelemetry', '@opentelemetry/api'))
      find.push(() => findOpenTelemetryExporter(
        api, openTelemetry === true ? api.metrics.getMeterProvider() : openTelemetry
      ))
    }
    return new Metrics(find)
  }

  /** Exports the metrics of a registration, until end() is called. */
  begin (registration: string, limits: Source['limits'], side: ExportedSide): void {
    const source = { limits, stats: () => side.stats(), isSaturated: () => side.isSaturated() }
    for (const find of this.#findExporters) {
      const joined = find()?.join(registration, source)
      if (joined !== undefined) this.#joined.push(joined)
    }
    if (this.#joined.length === 0) return
    side.observe((route) => combine(this.#joined.map(({ observe }) => observe(route))))
  }

  end (): void {
    for (const { leave } of this.#joined.splice(0)) leave()
  }
}

function tellMissing (option: string, name: string): (error: unknown) => never {
  return (error) => {
    throw Object.assign(new MissingPackage(`metrics.${option}`, name, name), { cause: error })
  }
}

function combine (observers: TimesObserver[]): TimesObserver {
  const [first, second] = observers
  if (second === undefined) return first!
  return {
    waited (milliseconds) {
      for (const observer of observers) observer.waited(milliseconds)
    },
    ran (milliseconds) {
      for (const observer of observers) observer.ran(milliseconds)
    }
  }
}
