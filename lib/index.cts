import nodeModule = require('node:module')

import type { FastifyTypeProvider } from 'fastify'
import type * as Module from './index.js' with { 'resolution-mode': 'import' }

// Use createRequire(): in a CommonJS file that was imported through a loader, or as TypeScript, `require` is
// a stand-in that cannot load ES modules before Node 24.
const plugin = nodeModule.createRequire(__filename)('./index.js') as typeof Module

// The result of require('fastify-blocking') is the plugin itself, with all other exports as its properties.
const blocking: typeof Module.default & typeof Module = Object.assign(plugin.default, plugin)

namespace blocking {
  export type Advice = Module.Advice
  export type Blocking = Module.Blocking
  export type BlockingOptions = Module.BlockingOptions
  export type BlockingRouteOption = Module.BlockingRouteOption
  export type CallOptions = Module.CallOptions
  export type CannotCross<Value> = Module.CannotCross<Value>
  export type Counts = Module.Counts
  export type DeclareDependency<TypeProvider extends FastifyTypeProvider = Module.SchemaTypes> =
    Module.DeclareDependency<TypeProvider>
  export type Dependencies = Module.Dependencies
  export type Dependency<
    Value = unknown,
    Lifetime extends 'request' | 'app' = 'request' | 'app',
    Blocking extends boolean = boolean
  > = Module.Dependency<Value, Lifetime, Blocking>
  export type DependencyRequest<
    Schema extends Module.DependencySchema, TypeProvider extends FastifyTypeProvider = Module.SchemaTypes
  > = Module.DependencyRequest<Schema, TypeProvider>
  export type DependencySchema = Module.DependencySchema
  export type HeldAdvice = Module.HeldAdvice
  export type HeldTimes = Module.HeldTimes
  export type HostCounts = Module.HostCounts
  export type Offloaded<Args extends unknown[], Result> = Module.Offloaded<Args, Result>
  export type OffloadOptions = Module.OffloadOptions
  export type OnLoop<Args extends unknown[], Result> = Module.OnLoop<Args, Result>
  export type Place = Module.Place
  export type PoolAdvice = Module.PoolAdvice
  export type Outcome = Module.Outcome
  export type SchemaTypes = Module.SchemaTypes
  export type SecurityRequirement = Module.SecurityRequirement
  export type Stats = Module.Stats
  export type Times = Module.Times
  export type Values<Own, Blocking extends boolean = boolean> = Module.Values<Own, Blocking>
  export type VisitAdvice = Module.VisitAdvice
}

export = blocking
