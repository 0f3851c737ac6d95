import './next-tick.js'
import './route-watch.js'
export type {} from './types.js'
import fp from 'fastify-plugin'
import { blocking } from './plugin.js'

export { dependency, isDependency } from './dependencies/declare.js'
export type { ContextDependencies, Dependencies, Dependency, DependencyRequest, DependencySchema, Values } from './dependencies/declare.js'
export type { Counts, Times } from './dispatch/meter.js'
export type { Stats } from './dispatch/loop.js'
export type { CallOptions, Offloaded, OnLoop } from './functions.js'
export type { BlockingOptions, BlockingRouteOption, OffloadOptions } from './schemas.cjs'
export type { Blocking } from './plugin.js'
export { isWorker } from './wire/assignment.js'

const plugin = fp(blocking, { name: 'fastify-blocking', fastify: '5.x' })

export default plugin
export { plugin as fastifyBlocking }
