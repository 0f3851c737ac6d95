import type { Stats } from '../../stats-types.js'

/** A registration whose metrics are exported. */
export interface Source {
  /** Value of the label `registration`. */
  readonly registration: string
  /** Options `pool.maxThreads` and `queue.max`. */
  readonly limits: { readonly threads: number, readonly queue: number }
  stats (): Stats
  isSaturated (): boolean
}

/** What a source says at one moment. */
export type Reading = Pick<Source, 'registration' | 'limits'> & { stats: Stats, isSaturated: boolean }

export type Labels = Readonly<Record<string, string>>
export type Sample = readonly [value: number, labels: Labels]

interface Described {
  /** Name in OpenTelemetry. */
  readonly name: string
  /** `s`, `By` for bytes, `1`, or what is counted, in braces. */
  readonly unit: string
  readonly help: string
}

/** A metric that is read when metrics are collected. */
export interface ReadMetric extends Described {
  readonly type: 'gauge' | 'counter'
  readonly labels: readonly string[]
  read (reading: Reading): Iterable<Sample>
}

/** A metric of which every time is recorded, by registration and route. */
export interface TimesMetric extends Described {
  readonly type: 'histogram'
}

/** Makes a metric with one sample for each registration. */
export function single (
  type: ReadMetric['type'], name: string, unit: string, help: string, read: (reading: Reading) => number
): ReadMetric {
  return {
    type,
    name,
    unit,
    help,
    labels: ['registration'],
    * read (reading) { yield [read(reading), { registration: reading.registration }] }
  }
}

/**
 * Returns the name by the rules of OpenTelemetry for Prometheus: the unit is appended, and `_total` to
 * counters.
 */
export function prometheusName ({ type, name, unit }: Described & { type: string }): string {
  const base = { s: ['seconds'], By: ['bytes'] }[unit] ?? []
  return [name.replaceAll('.', '_'), ...base, ...(type === 'counter' ? ['total'] : [])].join('_')
}
