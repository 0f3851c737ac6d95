import './v8-next-tick.js'
import './routes/route-watch.js'
export type {} from './fastify-types.js'
import fp from 'fastify-plugin'
import { blocking } from './plugin.js'

export { dependency, isDependency } from './dependencies/dependency.js'
export { fresh } from './dependencies/use.js'
export type {
  DeclareDependency, Dependencies, Dependency, DependencyRequest, DependencySchema, SecurityRequirement,
  Values
} from './dependencies/dependency.js'
export type { CannotCross } from './dependencies/misuse-types.js'
export type { SchemaTypes } from './dependencies/schema-types.js'
export type { Advice, HeldAdvice, HeldTimes, Place, PoolAdvice, VisitAdvice } from './insight/advice.js'
export type { Counts, HostCounts, Outcome, Stats, Times } from './stats-types.js'
export type { CallOptions, Offloaded, OnLoop } from './functions/declare.js'
export type { BlockingOptions, BlockingRouteOption, OffloadOptions } from './options/schemas.cjs'
export type { Blocking } from './fastify-types.js'
export { isWorker } from './wire/worker-data.js'

const plugin = fp(blocking, { name: 'fastify-blocking', fastify: '5.x' })

export default plugin
export { plugin as fastifyBlocking }
