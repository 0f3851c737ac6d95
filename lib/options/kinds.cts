/*
 * Values that JSON Schema has no word for, by the kind of their schema in schemas.cts.
 */

function isErrorClass (value: unknown): boolean {
  return typeof value === 'function' && value.name !== '' && value.prototype instanceof Error
}

function hasMethods (value: unknown, names: readonly string[]): value is object {
  return typeof value === 'object' && value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
}

export = {
  URL: (value: unknown): boolean => value instanceof URL,
  Arguments: (value: unknown): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  Environment: (value: unknown): boolean => typeof value === 'symbol' ||
    (typeof value === 'object' && value !== null &&
      Object.values(value).every((entry) => typeof entry === 'string')),
  PrometheusRegistry: (value: unknown): boolean =>
    hasMethods(value, ['getSingleMetric', 'registerMetric', 'removeSingleMetric']),
  MeterProvider: (value: unknown): boolean => hasMethods(value, ['getMeter']),
  Remote: (value: unknown): boolean => hasMethods(value, ['createExecutor']),
  RequestSchema: (value: unknown): boolean => (typeof value === 'object' && value !== null) ||
    (typeof value === 'function' && '~standard' in value),
  Hook: (value: unknown): boolean => typeof value === 'function',
  Carrier: (value: unknown): boolean => hasMethods(value, ['capture', 'run']),
  ErrorClass: (value: unknown): boolean => isErrorClass(value) ||
    (hasMethods(value, ['serialize', 'deserialize']) && isErrorClass(Reflect.get(value, 'class')) &&
      Object.keys(value).length === 3)
}
