import { createError } from '@fastify/error'

/*
 * Every error of this package. A message says what happened, where, and what to do. Errors of a request have
 * the status of the response; errors without a status are thrown at boot.
 */

// Options and registration
export const InvalidOption = createError<[where: string, what: string]>(
  'FST_BLOCKING_INVALID_OPTION', 'fastify-blocking: %s: %s')
export const MissingPackage = createError<[option: string, name: string, name: string]>(
  'FST_BLOCKING_MISSING_PACKAGE',
  'fastify-blocking: option %s needs the package %s, which could not be imported; run ' +
  '`npm install %s`, or leave the option out')
export const AppNotFound = createError<[path: string]>(
  'FST_BLOCKING_APP_NOT_FOUND',
  'fastify-blocking: option app: there is no file %s; give import.meta.url, __filename or an absolute path')
export const RegisteredTwice = createError<[prefix: string]>(
  'FST_BLOCKING_REGISTERED_TWICE',
  'fastify-blocking is registered twice in the context "%s"; register it once, and again only inside a ' +
  'plugin of its own')
export const Bundled = createError<[path: string]>(
  'FST_BLOCKING_BUNDLED',
  'fastify-blocking cannot find its file %s; it was bundled into the app: mark fastify-blocking as external')
export const RegisteredTooLate = createError<[route: string]>(
  'FST_BLOCKING_REGISTERED_TOO_LATE',
  'route %s has `blocking` or `dependencies`, of its own or of its context, but it, or its context, was ' +
  'added before fastify-blocking was loaded; write `await app.register(blocking, …)` above it, in CommonJS ' +
  'within an async function', 500)
export const LoadedTooLate = createError<[what: string]>(
  'FST_BLOCKING_LOADED_TOO_LATE',
  '%s: the server was made before fastify-blocking was loaded; import or require fastify-blocking above ' +
  'the line that makes the server, or start with node --import fastify-blocking')
export const NotRegistered = createError<[route: string]>(
  'FST_BLOCKING_NOT_REGISTERED',
  'route %s has `blocking` or `dependencies`, but fastify-blocking is not registered on this server; write ' +
  '`await app.register(blocking, …)` above it, or leave them out', 500)
export const MarkedTooLate = createError<[route: string, mark: string]>(
  'FST_BLOCKING_MARKED_TOO_LATE',
  'route %s: `%s` was changed after fastify-blocking had looked at it, by an onRoute hook that was added ' +
  'later or by what holds its options; add that hook above `await app.register(blocking, …)`')
export const RegisteredElsewhere = createError<[route: string]>(
  'FST_BLOCKING_REGISTERED_ELSEWHERE',
  'route %s has `blocking` or `dependencies`, but fastify-blocking is registered in a context beside its ' +
  'own; register it in one above, or leave them out', 500)
export const BodyNeeded = createError<[route: string, what: string]>(
  'FST_BLOCKING_BODY_NEEDED',
  '%s has `blocking: { parse }`, so its body is not parsed on the loop, where %s may need it; leave ' +
  'parse out, or do it in the handler')
export const UpgradeRoute = createError<[route: string, what: string]>(
  'FST_BLOCKING_UPGRADE_ROUTE',
  'route %s is a websocket, and %s; a socket cannot cross to a worker: run that on the loop, by ' +
  '`blocking: false`, call an offloaded function, or give a blocking `handler` for plain requests beside ' +
  '`wsHandler`')
export const SseRoute = createError<[route: string]>(
  'FST_BLOCKING_SSE_ROUTE',
  'route %s has `sse` of @fastify/sse, which writes to the socket, and its handler is `blocking`; leave ' +
  '`sse` out, and return events(reply, …) of fastify-blocking/streams, or set `blocking: false`')
export const NoWebsocket = createError<[route: string]>(
  'FST_BLOCKING_NO_WEBSOCKET',
  'route %s has `websocket` or `wsHandler` and dependencies, but @fastify/websocket is not registered in ' +
  'its context, so that nobody would resolve them; register it')
export const SocketDependency = createError<[route: string, what: string]>(
  'FST_BLOCKING_SOCKET_DEPENDENCY',
  'route %s is a websocket, whose dependencies run right before the upgrade; %s is not for such a route: ' +
  'leave it out there')
export const UnknownVersion = createError<[name: string, version: string, missing: string]>(
  'FST_BLOCKING_UNKNOWN_VERSION',
  'fastify-blocking does not know this version of %s, %s: it lacks %s, where what crosses is kept; install ' +
  'a version that docs/plugins.md names, or leave the routes that use it on the loop, in a context outside ' +
  'of fastify-blocking')

// Building the app in a worker
export const BootFailed = createError<[module: string, what: string]>(
  'FST_BLOCKING_BOOT_FAILED',
  'a worker could not build the app from %s: %s; put what must not run in workers under `if (!isWorker)`')
export const BootTimeout = createError<[module: string, within: string, advice: string]>(
  'FST_BLOCKING_BOOT_TIMEOUT', 'a worker did not finish building the app from %s within %s; %s')
export const NothingToBuild = createError<[module: string]>(
  'FST_BLOCKING_NOTHING_TO_BUILD',
  '%s neither registers fastify-blocking while it is imported nor has a plugin as its default export; name ' +
  'what builds the app: app: { module, factory } or { module, plugin }')
export const NoSuchExport = createError<[module: string, name: string]>(
  'FST_BLOCKING_NO_SUCH_EXPORT', '%s has no function exported as "%s"; see option app')
export const GuardedApp = createError<[module: string, line: number, condition: string, holds: string]>(
  'FST_BLOCKING_GUARDED_APP',
  '%s makes no app with fastify-blocking in a worker, which imports it to build the app again: line %d ' +
  'asks for `%s`, which %s; take what builds the app out of that condition (in a worker listen() binds no ' +
  'port), or export the function that builds it and name it: app: { module, factory }')
export const ForkInWorker = createError<[module: string, what: string]>(
  'FST_BLOCKING_FORK_IN_WORKER',
  '%s called %s in a worker, which imports it to build the app again; put the app into a module of its own ' +
  'and name it in option app, or fork only `if (isMainThread && cluster.isPrimary)`, with isMainThread of ' +
  'node:worker_threads, and make the app otherwise')
export const NoCompiler = createError<[module: string]>(
  'FST_BLOCKING_NO_COMPILER',
  '%s is TypeScript, and nothing compiles it in a worker: workers have the options of node, but not what a ' +
  'command such as ts-node has loaded by itself; start with node -r ts-node/register or node --import tsx ' +
  '(on Node 20 see docs/running.md), or give these options in pool.execArgv')
export const PortInUse = createError<[module: string, address: string]>(
  'FST_BLOCKING_PORT_IN_USE',
  'a worker could not build the app from %s, since it opens %s, which is in use: a worker builds the app ' +
  'too; open it only `if (!fastify.blocking.isWorker)`, or `if (!isWorker)` with isWorker of ' +
  'fastify-blocking; the error is the cause')
export const AddonInWorker = createError<[module: string, addon: string]>(
  'FST_BLOCKING_ADDON_IN_WORKER',
  'a worker could not build the app from %s: the addon %s cannot be loaded in worker threads; install a ' +
  'version of it that can, or load it only on the main thread, `if (!isWorker)` (of fastify-blocking), and ' +
  'leave the routes that use it on the loop; the error is the cause')
export const NotRegisteredInWorker = createError<[module: string, where: string]>(
  'FST_BLOCKING_NOT_REGISTERED_IN_WORKER',
  'the app that a worker built from %s did not register fastify-blocking %s as the main thread did; build ' +
  'the same app on both sides, or name the module of that plugin in option app')
export const DifferentApp = createError<[module: string, differences: string]>(
  'FST_BLOCKING_DIFFERENT_APP',
  'the app that a worker built from %s is not that of the main thread: %s; routes, dependencies and ' +
  'functions may not depend on what differs between threads')
export const RoutesElsewhere = createError<[module: string, routes: string]>(
  'FST_BLOCKING_ROUTES_ELSEWHERE',
  'option app names %s, which does not add the blocking routes: a worker has built it, and lacks %s; name ' +
  'the module that adds them: app: { module, factory }, or { module, plugin, root: true } for the plugin ' +
  'that is the whole app')
export const OuterContext = createError<[module: string, differences: string]>(
  'FST_BLOCKING_OUTER_CONTEXT',
  'workers build the plugin of %s alone, without what the contexts around it have on the main thread: %s; ' +
  'name the whole app, by app: { module, plugin, root: true } or its script, or add within the plugin what ' +
  'its routes need')
export const NoLogger = createError<[module: string]>(
  'FST_BLOCKING_NO_LOGGER',
  'the server that a worker built from %s has no logger, so that what its routes log is lost; give ' +
  'Fastify() a logger there too: `logger: true` is enough, since the main thread\'s logger writes the lines')

// Insight
export const AdviceOff = createError(
  'FST_BLOCKING_ADVICE_OFF',
  'there is no advice, since option advice is false, or left out where NODE_ENV is "production" or "test"; ' +
  'set advice: true', 500)
export const AdviceUnavailable = createError<[why: string]>(
  'FST_BLOCKING_ADVICE_UNAVAILABLE',
  'option advice: the code that holds the event loop cannot be found: %s; leave the option out there')

export const LocalOnly = createError<[why: string]>(
  'FST_BLOCKING_LOCAL_ONLY',
  'the dashboard has no guard, and answers only to this machine, but %s; give it one: ' +
  'app.register(dashboard, { prefix, onRequest })', 403)

// Dependencies
export const DependencyCycle = createError<[path: string]>(
  'FST_BLOCKING_DEPENDENCY_CYCLE', 'dependencies need each other: %s; take what both need into a third one')
export const DependencyLifetime = createError<[path: string, why: string]>(
  'FST_BLOCKING_DEPENDENCY_LIFETIME', '%s: a dependency of lifetime "app" cannot need it, since %s')
export const DependencyCrossing = createError<[path: string, what: string, side: string]>(
  'FST_BLOCKING_DEPENDENCY_CROSSING',
  '%s is %s and cannot cross, but is needed on the other side, %s; run both on one side, or give plain data')
export const DependencyOutlives = createError<[path: string, end: string, need: string, earlier: string]>(
  'FST_BLOCKING_DEPENDENCY_OUTLIVES',
  '%s ends at "%s", but needs %s, which ends before that, at "%s"; give both the same endsAt, or this one ' +
  'the earlier one')
export const DependencyTooEarly = createError<[path: string, hook: string, why: string]>(
  'FST_BLOCKING_DEPENDENCY_TOO_EARLY',
  '%s: a dependency of hook "%s" cannot need it, since %s; give that one the same hook, or this one a ' +
  'later one')
export const NoCookies = createError<[path: string]>(
  'FST_BLOCKING_NO_COOKIES',
  '%s reads cookies, which nothing parses; write `await app.register(cookie)`, of @fastify/cookie, above ' +
  'the route')
export const UnreadScopes = createError<[path: string, scopes: string]>(
  'FST_BLOCKING_UNREAD_SCOPES',
  '%s is named with the scopes %s, but neither it nor what it needs reads them, so nobody checks them; ' +
  'let the one that checks have requiredScopes among its dependencies')
export const SchemaConflict = createError<[
  route: string, part: string, one: string, other: string, what: string
]>('FST_BLOCKING_SCHEMA_CONFLICT', '%s: schema of %s: %s and %s %s')
export const DeclaredTooLate = createError<[what: string, when: string]>(
  'FST_BLOCKING_DECLARED_TOO_LATE', '%s was called after %s, which would not notice; call it before')
export const NoSuchOverride = createError<[name: string, known: string]>(
  'FST_BLOCKING_NO_SUCH_OVERRIDE',
  'there is no override "%s": %s; declare it on both sides while the app is built, by ' +
  'declareOverride(name, real, fake)', 500)
export const OverrideInUse = createError<[name: string, what: string]>(
  'FST_BLOCKING_OVERRIDE_IN_USE', 'override "%s" cannot be used: %s is in use; let that use end first',
  500)
export const OverrideInWorker = createError<[]>(
  'FST_BLOCKING_OVERRIDE_IN_WORKER',
  'useOverride() was called in a worker, which uses the overrides that the main thread uses; call it where ' +
  'tests run, or `if (!fastify.blocking.isWorker)`', 500)
export const NoSuchRoute = createError<[route: string]>(
  'FST_BLOCKING_NO_SUCH_ROUTE', 'there is no route %s')
export const NoPlanYet = createError<[]>(
  'FST_BLOCKING_NO_PLAN_YET', 'plans are made when the app is ready; ask for them after `await app.ready()`')
export const YieldedNothing = createError<[label: string]>(
  'FST_BLOCKING_YIELDED_NOTHING', 'dependency %s is a generator and did not yield its value; yield once', 500)
export const YieldedTwice = createError<[label: string]>(
  'FST_BLOCKING_YIELDED_TWICE', 'dependency %s yielded once more when it was to end; yield once', 500)

export const UnknownGenerator = createError<[label: string, what: string]>(
  'FST_BLOCKING_UNKNOWN_GENERATOR',
  'dependency %s gave %s; say in its option generator what it is: true for a generator, which yields the ' +
  'value and is torn down, false for the value itself', 500)
export const GeneratorHandler = createError<[route: string]>(
  'FST_BLOCKING_GENERATOR_HANDLER',
  'the handler of %s is a generator function and runs on the loop, where Fastify answers {} in its place; ' +
  'return Readable.from(…) of it, or mark the route blocking')
export const BodyLeft = createError<[route: string]>(
  'FST_BLOCKING_BODY_LEFT',
  '%s: request.body is undefined where it was read on the loop, since its bytes have been moved to a ' +
  'worker; set `blocking: { parse: false }`')

// A request
export const QueueFull = createError<[route: string, max: number]>(
  'FST_BLOCKING_QUEUE_FULL', '%s: %d requests wait for a worker already; see option queue.max', 503)
export const QueueTimeout = createError<[route: string, milliseconds: number, why: string]>(
  'FST_BLOCKING_QUEUE_TIMEOUT', '%s: no worker was free within %d ms%s', 503)
export const NoWorker = createError<[route: string]>(
  'FST_BLOCKING_NO_WORKER', '%s: no worker could build the app; the cause is in the log', 503)
export const VisitTimeout = createError<[route: string, milliseconds: number]>(
  'FST_BLOCKING_TIMEOUT', '%s: the worker did not answer within %d ms; see option timeout', 503)
export const Closing = createError<[route: string]>(
  'FST_BLOCKING_CLOSING', '%s: the server is closing', 503)
export const ThreadLost = createError<[route: string, how: string]>(
  'FST_BLOCKING_THREAD_LOST', '%s: its worker thread ended before it answered: %s', 500)
export const HostLost = createError<[route: string, how: string]>(
  'FST_BLOCKING_HOST_LOST', '%s: its worker host was lost before it answered: %s', 503)
export const NoServer = createError<[what: string, when: string]>(
  'FST_BLOCKING_NO_SERVER', '%s: there is no server to run it on a worker host %s', 500)
export const OutOfMemory = createError<[route: string, how: string]>(
  'FST_BLOCKING_OUT_OF_MEMORY',
  '%s: its worker thread ended for want of memory: %s; see option pool.resourceLimits', 500)
export const WrongRoute = createError<[wanted: string, found: string]>(
  'FST_BLOCKING_WRONG_ROUTE', 'the worker routed %s to %s; both threads must build the same app', 500)
export const NotCloneable = createError<[name: string, what: string]>(
  'FST_BLOCKING_NOT_CLONEABLE',
  '%s is %s and cannot cross between threads; let plain data cross, and make the rest where it is used, ' +
  'see docs/what-crosses.md', 500)
export const UnsupportedAnswer = createError<[route: string, what: string]>(
  'FST_BLOCKING_UNSUPPORTED_ANSWER',
  '%s answered with %s, which cannot cross from a worker; answer with a value, a string, a Buffer, or a ' +
  'stream of strings and Buffers', 500)
export const InvalidItem = createError<[source: string, what: string]>(
  'FST_BLOCKING_INVALID_ITEM', '%s was given %s; see docs/streams.md', 500)
export const BodyRead = createError<[route: string]>(
  'FST_BLOCKING_BODY_READ',
  '%s has `blocking: { parse }`, but its body was read or set on the loop; leave that to the worker, ' +
  'and let no other plugin add a preParsing hook to the route later', 500)
export const BodyGone = createError<[route: string]>(
  'FST_BLOCKING_BODY_GONE',
  '%s: the rest of the body was read after the answer, when it no longer comes; read it before', 500)
export const ErrorClassFailed = createError<[name: string, reason: string]>(
  'FST_BLOCKING_ERROR_CLASS',
  'an instance of %s could not cross between threads, see option errorClasses: %s; the error is the ' +
  'cause', 500)
export const LoopOnly = createError<[what: string]>(
  'FST_BLOCKING_LOOP_ONLY',
  '%s needs the main thread and its sockets, which a worker does not have; leave this route on the loop', 500)
export const SocketWrite = createError<[what: string]>(
  'FST_BLOCKING_LOOP_ONLY',
  '%s writes to the socket, which a worker does not have; return a stream, for server-sent events that of ' +
  'events() of fastify-blocking/streams, or leave this route on the loop', 500)
export const InjectInWorker = createError<[route: string]>(
  'FST_BLOCKING_LOOP_ONLY',
  'inject() of %s, which has dependencies, or a body that is parsed in the worker, needs the main thread: ' +
  'call it from a route on the loop; in a script, which workers run too, call it `if (!isWorker)` (of ' +
  'fastify-blocking), or name what builds the app: app: { module, factory }', 500)
export const InvalidBackground = createError<[type: string]>(
  'FST_BLOCKING_INVALID_BACKGROUND', 'reply.background() was given %s; give it a function', 500)
export const BackgroundTooLate = createError<[route: string]>(
  'FST_BLOCKING_BACKGROUND_TOO_LATE',
  '%s: reply.background() was called after the answer, or by a blocking dependency after its visit to the ' +
  'worker; call it before', 500)
export const CalledTooEarly = createError<[what: string]>(
  'FST_BLOCKING_CALLED_TOO_EARLY',
  '%s was called before the app was ready; call it from a handler, or after `await app.ready()`', 500)
export const WouldDeadlock = createError<[what: string, why: string]>(
  'FST_BLOCKING_WOULD_DEADLOCK', '%s would never return: %s', 500)
export const Unauthorized = createError<[what: string]>(
  'FST_BLOCKING_UNAUTHORIZED', '%s', 401)
export const InsufficientScope = createError<[scopes: string]>(
  'FST_BLOCKING_INSUFFICIENT_SCOPE', 'the credentials do not have all of these scopes: %s', 403)
export const ClientGone = createError<[route: string]>(
  'FST_BLOCKING_CLIENT_GONE', '%s: the client has hung up', 499)
