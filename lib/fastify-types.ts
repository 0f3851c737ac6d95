import type { ContextConfigDefault, FastifySchema, RouteGenericInterface, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { Dependencies, Dependency, None, RouteDependencies } from './dependencies/dependency.js'
import type { BlockingRouteOption, OffloadOptions } from './options/schemas.cjs'
import type { RoutePlan } from './dependencies/describe-plan.js'
import type { Offloaded, OnLoop } from './functions/declare.js'
import type { Stats } from './stats-types.js'
import type { Transferable } from './wire/arguments.js'

/** `fastify.blocking` */
export interface Blocking {
  /** Whether this is a worker's copy of the app; to leave out its cron jobs and migrations there. */
  readonly isWorker: boolean
  /** Threads, queue, counts and times, in all, by route and by offloaded function. Throws FST_BLOCKING_LOOP_ONLY in a worker. */
  stats (): Stats
  /** What of a route runs where; once the app is ready. Throws FST_BLOCKING_NO_SUCH_ROUTE. */
  plan (method: string, url: string): RoutePlan
  /** The same as a tree. */
  printPlan (method: string, url: string): string
  /**
   * Gives a function that runs in a worker, wherever it is called; in a worker it is a plain call. Both sides find it by
   * its name, so it is declared before the app is ready. Options are those of a blocking route: `timeout` in ms
   * (default: that of the plugin), `priority` (default: 0), `concurrency` (default: no limit). What a call may reject with
   * beside the function's own errors: FST_BLOCKING_QUEUE_FULL, FST_BLOCKING_QUEUE_TIMEOUT, FST_BLOCKING_TIMEOUT,
   * FST_BLOCKING_CLOSING, FST_BLOCKING_THREAD_LOST, FST_BLOCKING_OUT_OF_MEMORY, FST_BLOCKING_NOT_CLONEABLE.
   */
  offload<Args extends unknown[], Result> (name: string, run: (...args: Args) => Result): Offloaded<Args, Result>
  offload<Args extends unknown[], Result> (name: string, options: OffloadOptions, run: (...args: Args) => Result): Offloaded<Args, Result>
  /** Gives a function that runs on the loop, wherever it is called; on the loop it is a plain call. */
  onLoop<Args extends unknown[], Result> (name: string, run: (...args: Args) => Result): OnLoop<Args, Result>
  /** In a worker, the signal of the offloaded call or of the blocking request that runs; undefined where none does, and on the loop. */
  readonly signal: AbortSignal | undefined
  /** Has the listed parts of an argument or a result moved instead of copied: `render(transfer(image, [image.buffer]))`. Gives the value. */
  transfer<Value extends object> (value: Value, list: readonly Transferable[]): Value
}

/** With generics given by hand nothing is inferred, so they may name the dependencies as well. */
type NamedBy<RouteGeneric, Otherwise> = RouteGeneric extends { Dependencies: infer Own extends Dependencies } ? Own : Otherwise

/** A route without dependencies keeps its generics as they are. */
type With<Own, RouteGeneric extends RouteGenericInterface> = [keyof Own] extends [never] ? RouteGeneric : RouteGeneric & { Dependencies: Own }

/** A handler with that request; all else, the check of what it answers too, is as without dependencies. */
type Handler<Plain extends (...args: never) => unknown, Request> =
  (this: ThisParameterType<Plain>, request: Request, reply: Parameters<Plain>[1]) => ReturnType<Plain>

/* eslint-disable @typescript-eslint/no-unused-vars -- every declaration of an interface repeats its type parameters */
declare module 'fastify' {
  interface FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider> {
    /** This plugin's decorator, in the context where it is registered and below. */
    blocking: Blocking

    /** Gives dependencies to every route of this context and of those below. */
    addDependencies (dependencies: Dependencies): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>

    /** For tests: from here on `fake` is called wherever `real` is named. */
    overrideDependency<Value> (real: Dependency<Value>, fake: Dependency<NoInfer<Value>>): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>

    /** A route with dependencies, which its handler finds in `request.dependencies`. */
    route<
      RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
      ContextConfig = ContextConfigDefault,
      const SchemaCompiler extends FastifySchema = FastifySchema,
      Own extends Dependencies = NamedBy<RouteGeneric, None>
    > (opts: Omit<RouteOptions<RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger>, 'handler' | 'dependencies'> & {
      dependencies?: Own
      handler: Handler<RouteHandlerMethod<RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger>, FastifyRequest<With<Own, RouteGeneric>, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig, Logger>>
    }): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>
  }

  interface RouteShorthandMethod<RawServer, RawRequest, RawReply, TypeProvider, Logger> {
    <
      RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
      ContextConfig = ContextConfigDefault,
      const SchemaCompiler extends FastifySchema = FastifySchema,
      Own extends Dependencies = NamedBy<RouteGeneric, None>
    > (
      path: string,
      opts: RouteShorthandOptions<RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger> & { dependencies?: Own },
      handler: Handler<RouteHandlerMethod<RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger>, FastifyRequest<With<Own, RouteGeneric>, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig, Logger>>
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>
    <
      RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
      ContextConfig = ContextConfigDefault,
      const SchemaCompiler extends FastifySchema = FastifySchema,
      Own extends Dependencies = NamedBy<RouteGeneric, None>
    > (
      path: string,
      opts: RouteShorthandOptions<RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger> & {
        dependencies?: Own
        handler: Handler<RouteHandlerMethod<RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, NoInfer<SchemaCompiler>, TypeProvider, Logger>, FastifyRequest<With<Own, RouteGeneric>, RawServer, RawRequest, NoInfer<SchemaCompiler>, TypeProvider, ContextConfig, Logger>>
      }
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>
  }

  interface FastifyRequest<RouteGeneric> {
    /** What the dependencies of the route and of its context gave, by name. */
    readonly dependencies: RouteDependencies<RouteGeneric>
  }

  interface FastifyReply {
    /**
     * Work that the client does not wait for: done once the response is over, in order, where it was asked for; in a worker in
     * the slot of the visit. What it throws is logged. Not done if the handler fails. `close()` waits for it for
     * `grace` ms. Throws FST_BLOCKING_BACKGROUND_TOO_LATE after the answer.
     */
    background (task: () => unknown): this
  }

  interface RouteGenericInterface {
    /** For `request.dependencies`, where generics are given by hand: `{ account: typeof account }`. */
    Dependencies?: unknown
  }

  interface RouteShorthandOptions<RawServer, RawRequest, RawReply, RouteGeneric> {
    /** Whether the handler runs in a worker thread, and with which limits. */
    blocking?: BlockingRouteOption
    /** What the handler finds in `request.dependencies`. */
    dependencies?: NamedBy<RouteGeneric, Dependencies>
  }
}
