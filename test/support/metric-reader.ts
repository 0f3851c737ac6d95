import { type HistogramMetricData, MetricReader, type SumMetricData } from '@opentelemetry/sdk-metrics'

/** Collects when the test says. */
export class Reader extends MetricReader {
  protected override async onForceFlush (): Promise<void> {}
  protected override async onShutdown (): Promise<void> {}

  async read (): Promise<Record<string, Point[]>> {
    const { resourceMetrics: { scopeMetrics }, errors } = await this.collect()
    if (errors.length > 0) throw errors[0]
    return Object.fromEntries(scopeMetrics.flatMap(({ metrics }) => metrics).map(({ descriptor, dataPoints }) => {
      this.units[descriptor.name] = descriptor.unit
      return [descriptor.name, dataPoints as Point[]]
    }))
  }

  readonly units: Record<string, string> = {}
}

export type Point = { attributes: Record<string, unknown> } & (SumMetricData | HistogramMetricData)['dataPoints'][number]

export const find = (points: Point[] | undefined, attributes: Record<string, string>): unknown =>
  points?.find((point) => Object.entries(attributes).every(([name, value]) => point.attributes[name] === value))?.value
