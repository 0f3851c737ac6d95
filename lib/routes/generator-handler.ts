import type { RouteOptions } from 'fastify'
import { GeneratorHandler } from '../errors.js'
import { isGeneratorFunction } from '../function-kind.js'
import { keyOf } from './route-marks.js'

/** Handlers already warned of: a HEAD route has the handler of the GET route that it was made from. */
const warned = new WeakSet<object>()

/**
 * Warns of a generator function that is a handler on the loop, FST_BLOCKING_GENERATOR_HANDLER. A generator is
 * sent as a stream in a worker alone; on the loop Fastify serializes the generator object, `{}`, and the
 * generator's code never runs.
 */
export function warnOfGenerator (route: RouteOptions): void {
  const { handler } = route
  if (!isGeneratorFunction(handler) || warned.has(handler)) return
  warned.add(handler)
  const { message, code } = new GeneratorHandler(keyOf(route))
  process.emitWarning(message, { code })
}
