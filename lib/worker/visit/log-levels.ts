/** The levels of a logger, as `levels` of a logger of pino has them. */
export interface Levels {
  labels: Record<string, string>
  values: Record<string, number>
}

export const silent = 'silent'

/** Makes the tables of levels as pino does: `silent` and `Infinity` are not enumerable. */
export function createLevels (values: Record<string, number>): Levels {
  return {
    values: Object.assign(
      Object.create(Object.prototype, { silent: { value: Infinity } }), values
    ) as Levels['values'],
    labels: Object.assign(
      Object.create(Object.prototype, { Infinity: { value: silent } }),
      Object.fromEntries(Object.entries(values).map(([label, value]) => [value, label]))
    ) as Levels['labels']
  }
}

/** Adds the levels of option `customLevels` of log.child(). Throws the errors of pino. */
export function extendLevels ({ labels, values }: Levels, customLevels: Record<string, number>): Levels {
  for (const [label, value] of Object.entries(customLevels)) {
    if (label in values) throw new Error('levels cannot be overridden')
    if (value in labels) throw new Error('pre-existing level values cannot be used for new levels')
  }
  return createLevels({ ...values, ...customLevels })
}
