import type {
  ContextConfigDefault, FastifyInstance, FastifySchema, RouteGenericInterface, RouteHandlerMethod,
  RouteOptions
} from 'fastify'
import type { Dependencies, Dependency, None, RouteDependencies } from './dependencies/dependency.js'
import type { RoutePlan } from './dependencies/describe-plan.js'
import type { Offloaded, OnLoop } from './functions/declare.js'
import type { Advice } from './insight/advice.js'
import type { BlockingRouteOption, OffloadOptions } from './options/schemas.cjs'
import type { PrintPlanOptions } from './routes/tell-plans.js'
import type { Stats } from './stats-types.js'
import type { Transferable } from './wire/arguments.js'

/** The decorator `fastify.blocking`. */
export interface Blocking {
  /** Whether this is a worker's copy of the app, for example to leave out cron jobs and migrations there. */
  readonly isWorker: boolean
  /**
   * Returns the threads, the length of the queue, the counts, and the times in ms: in all, by route and by
   * offloaded function. Throws FST_BLOCKING_LOOP_ONLY in a worker.
   */
  stats (): Stats
  /**
   * Whether the queue is half way to refusing requests: it holds at least half of `queue.max`, or a request
   * that only lacks a thread has waited for at least half of `queue.timeout`. With `queue.max: 0`: whether as
   * many requests run as may at once. For health checks, see docs/insight.md. Always false in a worker, whose
   * app has no queue, so that a health check may be registered on both sides.
   */
  isSaturated (): boolean
  /**
   * Returns the code that has held the event loop so far, the longest times first: on which route, where, how
   * often, and what to do. Throws FST_BLOCKING_ADVICE_OFF without option `advice`, FST_BLOCKING_LOOP_ONLY in
   * a worker.
   */
  advice (): Advice[]
  /**
   * Returns the plan of every route of this registration, also of routes on the loop without dependencies.
   * Throws FST_BLOCKING_NO_PLAN_YET before the app is ready.
   */
  plan (): RoutePlan[]
  /**
   * Returns where each part of a route runs, once the app is ready. Throws FST_BLOCKING_NO_SUCH_ROUTE for a
   * route that has neither dependencies nor a blocking handler.
   */
  plan (method: string, url: string): RoutePlan
  /**
   * Returns the plans of all routes as a text: the tree of Fastify's `printRoutes`, with the side of each
   * route and of each of its dependencies, and the reason. With `{ format: 'mermaid' }` as a flowchart for
   * Mermaid: a request's way between loop and worker. In a worker neither tells where bodies are parsed. The
   * text is for people, and may be another in the next version. Throws as plan().
   */
  printPlan (options?: PrintPlanOptions): string
  /** Returns the plan of a route as a text, as a tree or for Mermaid. Throws as plan(). */
  printPlan (method: string, url: string, options?: PrintPlanOptions): string
  /**
   * Declares a function that runs in a worker, wherever it is called; in a worker it is a plain call. Both
   * sides find it by its name, so it is declared before the app is ready: later it throws
   * FST_BLOCKING_DECLARED_TOO_LATE. Options are those of a blocking route: `timeout` in ms (default: that of
   * the plugin; 0 for no limit), `terminate` (default: true), `priority` (default: 0), `concurrency`
   * (default: no limit).
   *
   * Beside the function's own errors a call rejects with FST_BLOCKING_QUEUE_FULL, FST_BLOCKING_QUEUE_TIMEOUT,
   * FST_BLOCKING_TIMEOUT, FST_BLOCKING_CLOSING, FST_BLOCKING_THREAD_LOST, FST_BLOCKING_OUT_OF_MEMORY,
   * FST_BLOCKING_NOT_CLONEABLE, FST_BLOCKING_CALLED_TOO_EARLY, FST_BLOCKING_WOULD_DEADLOCK.
   */
  offload<Run extends Function> (name: string, run: Run): OffloadedRun<Run>
  offload<Run extends Function> (name: string, options: OffloadOptions, run: Run): OffloadedRun<Run>
  /**
   * Declares a function that runs on the loop, wherever it is called; on the loop it is a plain call. Both
   * sides find it by its name, so it is declared before the app is ready: later it throws
   * FST_BLOCKING_DECLARED_TOO_LATE.
   */
  onLoop<Run extends Function> (name: string, run: Run): OnLoopRun<Run>
  /**
   * The signal of the offloaded call or of the blocking request that runs in this worker; undefined where
   * none runs, and on the loop.
   */
  readonly signal: AbortSignal | undefined
  /**
   * Marks an argument or a result so that the listed parts are transferred instead of copied. Returns the
   * value, to be passed on: `render(transfer(image, [image.buffer]))`.
   */
  transfer<Value extends object> (value: Value, list: readonly Transferable[]): Value
}

/**
 * The offloaded function of `Run`, which is inferred as a `Function`: a type with parameters would give its
 * own types to those of the function that have a default value, such as `scale = 1`.
 */
type OffloadedRun<Run> = Run extends (...args: infer Args) => infer Result ? Offloaded<Args, Result> : never

type OnLoopRun<Run> = Run extends (...args: infer Args) => infer Result ? OnLoop<Args, Result> : never

/** Generics given by hand turn inference off, so they may name the dependencies themselves. */
type NamedBy<RouteGeneric, Otherwise> = RouteGeneric extends { Dependencies: infer Own extends Dependencies }
  ? Own
  : Otherwise

/** Adds the dependencies to the generics of a route; a route without dependencies keeps its generics. */
type With<Own, RouteGeneric extends RouteGenericInterface> = [keyof Own] extends [never]
  ? RouteGeneric
  : RouteGeneric & { Dependencies: Own }

/** Leaves websocket routes to the signatures of @fastify/websocket, whatever is imported first. */
interface NoWebsocket {
  websocket?: false
}

/**
 * A handler with another type of request. All else, the check of its result too, is as for the plain handler.
 */
type Handler<Plain extends (...args: never) => unknown, Request> =
  (this: ThisParameterType<Plain>, request: Request, reply: Parameters<Plain>[1]) => ReturnType<Plain>

/** The type of a socket, by the types of @fastify/websocket and ws; unknown where these are not there. */
type Socket = FastifyInstance extends { websocketServer: { clients: Set<infer One> } } ? One : unknown

type SocketHandler<Request> =
  (this: FastifyInstance, socket: Socket, request: Request) => void | Promise<unknown>

/* eslint-disable @typescript-eslint/no-unused-vars -- each declaration repeats all type parameters */
declare module 'fastify' {
  interface FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider> {
    /** Decorator of fastify-blocking, in the context where it is registered and in those below. */
    blocking: Blocking

    /**
     * Gives dependencies to every route of this context and of those below. Throws
     * FST_BLOCKING_DECLARED_TOO_LATE after the first of these routes was added, and
     * FST_BLOCKING_INVALID_OPTION for a name that the context has already.
     */
    addDependencies (
      dependencies: Dependencies
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>

    /**
     * Replaces a dependency, for tests: `fake` is called wherever `real` is named. Call it before the routes
     * are added, as they keep the schema of `real`; once the app is ready it throws
     * FST_BLOCKING_DECLARED_TOO_LATE. Workers build the same app, so the override has to be made there too.
     */
    overrideDependency<Value> (
      real: Dependency<Value>, fake: Dependency<NoInfer<Value>>
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>

    /**
     * Declares an override that a test uses by its name once the app is built. Call it where the app is
     * built, so that workers declare it too, and before the routes are added. `fake` may bring in no option
     * `schema` and no `security`. Throws FST_BLOCKING_INVALID_OPTION, and FST_BLOCKING_DECLARED_TOO_LATE once
     * the app is ready.
     */
    declareOverride<Value> (
      name: string, real: Dependency<Value>, fake: Dependency<NoInfer<Value>>
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>

    /**
     * Uses a declared override until the result is disposed of: requests whose dependencies begin meanwhile
     * get the fake, on either side. To be called on the main thread. Throws FST_BLOCKING_NO_SUCH_OVERRIDE,
     * FST_BLOCKING_OVERRIDE_IN_USE and FST_BLOCKING_OVERRIDE_IN_WORKER.
     */
    useOverride (name: string): Disposable

    /** Uses a declared override, as `useOverride` does, until `run` has returned. Resolves to its result. */
    withOverride<Result> (name: string, run: () => Result): Promise<Awaited<Result>>

    /** Adds a route with dependencies, whose values its handler finds in `request.dependencies`. */
    route<
      RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
      ContextConfig = ContextConfigDefault,
      const SchemaCompiler extends FastifySchema = FastifySchema,
      Own extends Dependencies = NamedBy<RouteGeneric, None>
    > (opts: Omit<RouteOptions<
      RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger
    >, 'handler' | 'dependencies' | 'websocket'> & NoWebsocket & {
      /**
       * Dependencies of the route, by name. The handler finds their values in `request.dependencies`.
       * Default: {}.
       */
      dependencies?: Own
      handler: Handler<RouteHandlerMethod<
        RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger
      >, FastifyRequest<
        With<Own, RouteGeneric>, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig, Logger
      >>
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
      opts: RouteShorthandOptions<
        RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger
      > & NoWebsocket & { dependencies?: Own },
      handler: Handler<RouteHandlerMethod<
        RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger
      >, FastifyRequest<
        With<Own, RouteGeneric>, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig, Logger
      >>
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>
    <
      RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
      ContextConfig = ContextConfigDefault,
      const SchemaCompiler extends FastifySchema = FastifySchema,
      Own extends Dependencies = NamedBy<RouteGeneric, None>
    > (
      path: string,
      opts: RouteShorthandOptions<
        RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger
      > & NoWebsocket & {
        dependencies?: Own
        handler: Handler<RouteHandlerMethod<
          RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, NoInfer<SchemaCompiler>, TypeProvider,
          Logger
        >, FastifyRequest<
          With<Own, RouteGeneric>, RawServer, RawRequest, NoInfer<SchemaCompiler>, TypeProvider,
          ContextConfig, Logger
        >>
      }
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>
    /** Adds a route of @fastify/websocket with dependencies. */
    <
      RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
      ContextConfig = ContextConfigDefault,
      const SchemaCompiler extends FastifySchema = FastifySchema,
      Own extends Dependencies = NamedBy<RouteGeneric, None>
    > (
      path: string,
      opts: RouteShorthandOptions<
        RawServer, RawRequest, RawReply, RouteGeneric, ContextConfig, SchemaCompiler, TypeProvider, Logger
      > & { dependencies: Own, websocket: true },
      handler: SocketHandler<FastifyRequest<
        With<Own, RouteGeneric>, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig, Logger
      >>
    ): FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider>
  }

  interface FastifyRequest<RouteGeneric> {
    /** Values of the dependencies of the route and of its contexts, by name. Set where the handler runs. */
    readonly dependencies: RouteDependencies<RouteGeneric>
  }

  interface FastifyReply {
    /**
     * Gives a task that the client does not wait for. Tasks run once the response is over, in order, on the
     * side where they were given; in a worker in the slot of the visit. An error is logged. No task runs if
     * the request fails. `close()` waits for tasks for `grace` ms. Throws FST_BLOCKING_BACKGROUND_TOO_LATE
     * after the answer, and FST_BLOCKING_INVALID_BACKGROUND if `task` is not a function.
     */
    background (task: () => unknown): this
  }

  interface RouteGenericInterface {
    /** Types `request.dependencies` where generics are given by hand: `{ account: typeof account }`. */
    Dependencies?: unknown
  }

  interface RouteShorthandOptions<RawServer, RawRequest, RawReply, RouteGeneric> {
    /**
     * Whether the handler runs in a worker thread, and with which limits. Default: as the plugin's option
     * `dispatch` says, and with the limits of the plugin. A websocket route cannot be blocking:
     * FST_BLOCKING_UPGRADE_ROUTE.
     */
    blocking?: this extends { websocket: true } ? false : BlockingRouteOption
    /**
     * Dependencies of the route, by name. The handler finds their values in `request.dependencies`.
     * Default: {}.
     */
    dependencies?: NamedBy<RouteGeneric, Dependencies>
  }
}
