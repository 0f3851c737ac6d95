/*
 * Where metrics go, by the members that are used: the packages are optional, so the types of options do
 * without theirs.
 */

/** A Registry of prom-client. */
export interface PrometheusRegistry {
  getSingleMetric (name: string): object | undefined
  registerMetric (metric: object): void
  removeSingleMetric (name: string): void
}

/** A MeterProvider of OpenTelemetry. */
export interface OpenTelemetryMeterProvider {
  getMeter (name: string, version?: string): object
}
