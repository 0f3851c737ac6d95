import type { RouteOptions } from 'fastify'
import { GeneratorHandler } from '../errors.js'
import { isGeneratorFunction } from '../function-kind.js'
import { keyOf } from './route-marks.js'

/** A HEAD route has the handler of the GET one that it is made from. */
const warned = new WeakSet<object>()

/** A generator is a stream in a worker alone: Fastify answers `{}` in its place, and nothing of it runs. */
export function warnOfGenerator (route: RouteOptions): void {
  const { handler } = route
  if (!isGeneratorFunction(handler) || warned.has(handler)) return
  warned.add(handler)
  const { message, code } = new GeneratorHandler(keyOf(route))
  process.emitWarning(message, { code })
}
