import typebox = require('@sinclair/typebox')
import errors = require('@sinclair/typebox/errors')
import kinds = require('./kinds.cjs')
import type { RouteShorthandOptions } from 'fastify'
import type { ContextCarrier } from '../context/carriers.js' with { 'resolution-mode': 'import' }
import type { Remote } from '../remote.js' with { 'resolution-mode': 'import' }
import type {
  OpenTelemetryMeterProvider, PrometheusRegistry
} from './metrics-targets.js' with { 'resolution-mode': 'import' }
import type {
  ErrorClass, SerializedErrorClass
} from '../wire/error-classes.js' with { 'resolution-mode': 'import' }

/*
 * TypeBox schemas of all options: the one source of their checks, their types and what editors show of them.
 * A description says the unit and the default. It is part of the error for a value that does not fit, and the
 * build writes it to the types (scripts/write-option-types.js). The build compiles the schemas to checks.cjs;
 * validate.ts loads this file for a value that does not fit. It is CommonJS, since Jest's require() loads no
 * ES modules.
 */

const { Kind, Type, TypeRegistry } = typebox

for (const [name, fits] of Object.entries(kinds)) TypeRegistry.Set(name, (_schema, value) => fits(value))

type Hook = Exclude<NonNullable<RouteShorthandOptions['onRequest']>, unknown[]>

/** Types of the values that JSON Schema has no word for, by their kind in kinds.cts. */
interface ValuesByKind {
  URL: URL
  /** A record would not take a value whose type is an interface. */
  Arguments: object
  Environment: Record<string, string> | symbol
  PrometheusRegistry: PrometheusRegistry
  MeterProvider: OpenTelemetryMeterProvider
  Remote: Remote
  RequestSchema: unknown
  Hook: Hook
  Carrier: ContextCarrier
  ErrorClass: ErrorClass['class'] | SerializedErrorClass
}

const ofKind = <Name extends keyof ValuesByKind>(name: Name, description?: string) =>
  Type.Unsafe<ValuesByKind[Name]>({ [Kind]: name, ...description === undefined ? {} : { description } })

const moduleSchema = Type.Union([Type.String({ minLength: 1 }), ofKind('URL')], {
  description: 'The module: import.meta.url, a path or a URL.'
})
const appArguments = Type.Optional(ofKind(
  'Arguments',
  'What the factory or the plugin is called with; plain data, since it crosses to the worker. Default: {}.'
))

const appSchema = Type.Union([
  moduleSchema,
  Type.Object({
    module: moduleSchema,
    factory: Type.String({ minLength: 1, description: 'Name of the export that makes the app: "build".' }),
    options: appArguments
  }, { additionalProperties: false }),
  Type.Object({
    module: moduleSchema,
    plugin: Type.String({ minLength: 1, description: 'Name of the export that is a plugin: "default".' }),
    options: appArguments,
    root: Type.Optional(Type.Boolean({ description: 'Whether the plugin is the whole app, with this ' +
      'registration somewhere within it; else it is built alone, under the prefix of the registration. ' +
      'Default: false.' }))
  }, { additionalProperties: false })
], {
  description: 'The module from which workers build the app: import.meta.url, a path, a URL, { module, ' +
    'factory: "build", options } or { module, plugin: "default", options, root }.'
})

const count = (description: string, minimum = 1) => Type.Integer({ minimum, description })
// The longest delay of a Node timer, in ms: with a longer one it fires at once.
const longest = 2 ** 31 - 1
const milliseconds = (description: string, minimum = 0) =>
  Type.Number({ minimum, maximum: longest, description })
const megabytes = (description: string) => Type.Optional(Type.Number({ exclusiveMinimum: 0, description }))

const poolSchema = Type.Object({
  minThreads: count('Threads that are there once the app is ready, and are kept; others boot when requests ' +
    'wait. 0: the first one boots with the first blocking request. Default: 1.', 0),
  maxThreads: count('Threads that may exist at once, starting and exiting ones included. Default: as many ' +
    'as there are processors for the process, by os.availableParallelism() and the CPU quota of its ' +
    'container. 0, with option remote: hosts run everything.', 0),
  maxRetired: count('Threads that may exist beside maxThreads while they leave by themselves, since they ' +
    'were over time and cannot be terminated safely; further ones count among maxThreads. Default: 1.', 0),
  idleTimeout: milliseconds('ms that a thread above minThreads may idle before it is closed. ' +
    'Default: 60000.'),
  concurrentTasksPerWorker: count('Requests that one thread may have at once. More than 1 only for ' +
    'handlers that await: a crash or a kill takes all of them along. Default: 1.'),
  atomics: Type.Union([Type.Literal('async'), Type.Literal('disabled')], {
    description: 'How Piscina wakes the thread for tasks of its own, which are few: requests travel on a ' +
      'port. "async" or "disabled"; not "sync", which would freeze the event loop of the worker, so its ' +
      'timers and sockets. Default: "disabled".'
  }),
  resourceLimits: Type.Object({
    maxOldGenerationSizeMb: megabytes('MB of the heap of one thread. Default: that of Node.'),
    maxYoungGenerationSizeMb: megabytes('MB of the part of the heap for new objects. Default: that of Node.'),
    codeRangeSizeMb: megabytes('MB of memory for generated code. Default: that of Node.'),
    stackSizeMb: megabytes('MB of the stack of one thread. Default: that of Node.')
  }, { additionalProperties: false, description: 'Limits of one thread in MB, those of worker_threads. ' +
    'Buffers are not counted by them.' }),
  niceIncrement: count('By how much the priority of the threads is lowered once they have built the app, ' +
    'so that the loop goes first. Default: 5 on Linux, which alone has a priority for each thread.', 0),
  env: ofKind('Environment', 'process.env of the threads: an object of strings, or SHARE_ENV. ' +
    'Default: a copy of the main thread\'s.'),
  argv: Type.Array(Type.String(), { description: 'Appended to process.argv of the threads. Default: [].' }),
  execArgv: Type.Array(Type.String(), { description: 'Node options of the threads. Default: those of the ' +
    'process.' }),
  trackUnmanagedFds: Type.Boolean({ description: 'Whether a thread closes the file descriptors it left ' +
    'open when it ends. Default: true.' })
}, { additionalProperties: false, description: 'The threads; an object with Piscina\'s names.' })

const queueSchema = Type.Object({
  max: count('Requests that may wait for a thread; one more is answered 503. Default: 1000.', 0),
  timeout: milliseconds('ms that a request may wait for a thread before it is answered 503. Default: 10000.')
}, { additionalProperties: false, description: 'The queue before the threads.' })

const recycleSchema = Type.Object({
  requests: Type.Optional(count('Requests and calls after which a thread is replaced. Default: none.')),
  heap: megabytes('MB of its heap in use after a major garbage collection above which a thread is ' +
    'replaced. Buffers are not counted. Default: none.'),
  age: Type.Optional(milliseconds('ms after its boot from which on a thread is replaced when a request ' +
    'on it has ended. Default: none.', 1))
}, { additionalProperties: false, description: 'When a thread is replaced by a new one, which boots ' +
  'first: meanwhile there is one thread more than pool.maxThreads. Default: never.' })

const metricsSchema = Type.Object({
  prometheus: Type.Optional(Type.Union([
    Type.Boolean(), ofKind('PrometheusRegistry')
  ], { description: 'A Registry of prom-client, or true for its global one. Default: false.' })),
  openTelemetry: Type.Optional(Type.Union([
    Type.Boolean(), ofKind('MeterProvider')
  ], { description: 'A MeterProvider of OpenTelemetry, or true for the one that is registered when the app ' +
    'is ready. Default: false.' }))
}, { additionalProperties: false, description: 'Where metrics go: { prometheus: true, openTelemetry: ' +
  'true }. Default: nowhere.' })

const pluginSchema = Type.Object({
  app: appSchema,
  remote: Type.Optional(ofKind('Remote', 'Worker hosts on other machines: nats({ servers }) of ' +
    'fastify-blocking/nats. Default: none.')),
  version: Type.Optional(Type.String({ minLength: 1, description: 'Version of the app: worker hosts of ' +
    'another one get no requests. Default: that of the package.json nearest to the module of option app.' })),
  name: Type.Optional(Type.String({ minLength: 1, description: 'Tells this registration from others of ' +
    'the server, in workers too. Default: its prefix, and its place among those with the same one and ' +
    'the same option app.' })),
  dispatch: Type.Optional(Type.Union([
    Type.Literal('explicit'), Type.Literal('signature'), Type.Literal('all'), Type.Literal('measured'),
    Type.Object({
      measured: Type.Object({
        threshold: Type.Optional(milliseconds(
          'ms for which a request may hold the event loop. Default: 20.', 1
        ))
      }, { additionalProperties: false, description: 'An object of { threshold }.' })
    }, { additionalProperties: false })
  ], {
    description: 'Which routes are blocking: "explicit" those marked, "signature" those whose handler is ' +
      'not an async function (FastAPI\'s rule), "all" every one, "measured" or { measured: { threshold } } ' +
      'those that have held the event loop for longer than the threshold in ms repeatedly; a route\'s own ' +
      '`blocking` wins. Default: "explicit", with a threshold of 20.'
  })),
  pool: Type.Optional(Type.Partial(poolSchema, { additionalProperties: false })),
  queue: Type.Optional(Type.Partial(queueSchema, { additionalProperties: false })),
  timeout: Type.Optional(milliseconds('ms that a request may run in a worker before it is answered 503; ' +
    '0 for no limit. A route\'s own blocking.timeout or handlerTimeout wins. Default: 30000.')),
  grace: Type.Optional(milliseconds('ms that a thread gets to notice request.signal before it is ' +
    'terminated or retired, and to close its app. Default: 1000.')),
  recycle: Type.Optional(recycleSchema),
  bootTimeout: Type.Optional(milliseconds('ms that a worker may take to start and to build the app. ' +
    'Default: for those that ready() waits for, what the main thread takes and then Fastify\'s ' +
    'pluginTimeout; for others 10 times what the first one has taken, at least 60000.', 1)),
  context: Type.Optional(Type.Record(Type.String(), ofKind('Carrier', 'Two functions: { capture, run }.'), {
    description: 'What an AsyncLocalStorage holds and the worker needs, by a name of your own: { tenant: ' +
      '{ capture: () => tenants.getStore(), run: (value, callback) => tenants.run(value, callback) } }. ' +
      'Default: {}.'
  })),
  errorClasses: Type.Optional(Type.Array(ofKind(
    'ErrorClass', 'A class with a name that extends Error, or { class, serialize, deserialize }.'
  ), {
    description: 'Classes whose instances keep their class on the other side: [Conflict, { class: ' +
      'Refused, serialize: (error) => error.rows, deserialize: (rows) => new Refused(rows) }]. Default: ' +
      '[].'
  })),
  advice: Type.Optional(Type.Union([
    Type.Boolean(),
    Type.Object({
      threshold: Type.Optional(milliseconds('ms for which code may hold the event loop. Default: 20.', 4))
    }, { additionalProperties: false })
  ], {
    description: 'Whether a watchdog thread finds the code that holds the event loop, warns of it once, ' +
      'and gives it in fastify.blocking.advice(): true, false or { threshold }. Default: true, unless ' +
      'process.env.NODE_ENV is "production" or "test".'
  })),
  metrics: Type.Optional(metricsSchema),
  workerHooks: Type.Optional(Type.Array(Type.String({ minLength: 1 }), {
    description: 'Names of packages whose request hooks run in the worker too, since they keep there ' +
      'what the handler needs. Default: [].'
  }))
}, { additionalProperties: false })

const limitsSchema = Type.Object({
  timeout: Type.Optional(milliseconds('ms that a request of this route, or a call of this function, may ' +
    'run; 0 for no limit. Default: handlerTimeout of the route or of the server, else option timeout of ' +
    'the plugin.')),
  priority: Type.Optional(Type.Integer({ description: 'Requests and calls of a higher priority leave the ' +
    'queue first. Default: 0.' })),
  terminate: Type.Optional(Type.Boolean({ description: 'Whether its thread may be terminated when it is ' +
    'over time; if not, it goes on until it ends by itself. Default: true.' })),
  concurrency: Type.Optional(count('Requests of this route, or calls of this function, that may run at ' +
    'once. Default: as many as there are threads.')),
  where: Type.Optional(Type.Union([Type.Literal('local'), Type.Literal('remote'), Type.Literal('any')], {
    description: '"local" for threads of this machine, "remote" for hosts of option remote, "any" for ' +
      'both: local threads first. Default: "any".'
  }))
}, { additionalProperties: false })

const routeSchema = Type.Union([
  Type.Boolean(),
  Type.Object({
    ...limitsSchema.properties,
    parse: Type.Optional(Type.Union([Type.Boolean(), Type.Literal('deferred')], {
      description: 'true, false or "deferred": who reads the body, and who parses and validates it. true: ' +
        'the worker both; false: the loop both; "deferred": the loop, and the worker, after the hooks of ' +
        'the loop. Default: as "deferred", or as false if something on the loop could see the body before ' +
        'the handler.'
    }))
  }, { additionalProperties: false })
], { description: 'true, false or { timeout, terminate, priority, concurrency, where, parse }' })

const requestSchema = (part: string) => Type.Optional(ofKind(
  'RequestSchema', `Schema of ${part}: a JSON schema, or what the validator compiler of the routes takes. ` +
  'Default: none.'
))
const partsSchema = Type.Object({
  querystring: requestSchema('request.query'),
  headers: requestSchema('request.headers'),
  params: requestSchema('request.params'),
  body: requestSchema('request.body'),
  // An editor would take the name of the package, which begins with an @, for a tag.
  cookies: requestSchema('request.cookies, which need the plugin for cookies, and are validated on the ' +
    'loop, right before the dependencies')
}, { additionalProperties: false, description: 'Schemas of { querystring, headers, params, body, ' +
  'cookies }, merged into those of each route that uses the dependency. Default: none.' })

/** A security requirement of OpenAPI: by the name of each security scheme that is needed, the scopes. */
type Requirement = Readonly<Record<string, readonly string[]>>

const securitySchema = Type.Unsafe<readonly Requirement[]>(
  Type.Array(Type.Record(Type.String(), Type.Array(Type.String())), {
    minItems: 1,
    description: 'What a client has to send, as security requirements of OpenAPI, of which it has to meet ' +
      'one: [{ bearer: [\'read\'] }]. Merged into schema.security of each route that uses the dependency. ' +
      'The function itself has to check it. Default: none.'
  })
)

const hookOption = Type.Union([
  Type.Literal('onRequest'), Type.Literal('preValidation'), Type.Literal('handler')
], {
  description: 'When the function is called: "onRequest" or "preValidation", in that hook, or "handler", ' +
    'after validation. Default: "handler".'
})

const dependencySchema = Type.Object({
  blocking: Type.Optional(Type.Boolean({ description: 'Whether the function runs in a worker thread: ' +
    'true or false. Default: as option dispatch of the plugin says.' })),
  // The entries are not checked here: they may be getters for dependencies that are not defined yet.
  dependencies: Type.Optional(Type.Object({}, { description: 'Dependencies of the function, by name: { ' +
    'user: dependency(…) }. Its second argument has their values. Default: {}.' })),
  schema: Type.Optional(partsSchema),
  security: Type.Optional(securitySchema),
  generator: Type.Optional(Type.Boolean({ description: 'Whether the function returns a generator, or a ' +
    'promise of one, which yields the value once and is torn down when the request ends: true or false. ' +
    'Needed where a request fails with FST_BLOCKING_UNKNOWN_GENERATOR. Default: whether it is one.' })),
  cache: Type.Optional(Type.Boolean({ description: 'true: called once per request; false: once per use. ' +
    'Default: true.' })),
  lifetime: Type.Optional(Type.Union([Type.Literal('request'), Type.Literal('app')], {
    description: '"request", or "app" for as long as the instance lives: once on the loop, or once per ' +
      'worker. Default: "request".'
  })),
  hook: Type.Optional(hookOption),
  endsAt: Type.Optional(Type.Union([
    Type.Literal('preSerialization'), Type.Literal('onSend'), Type.Literal('onResponse')
  ], {
    description: 'When a generator is torn down if the request has not failed: "preSerialization", after ' +
      'the last preSerialization hook and before the answer is serialized (as "onSend" for an answer that ' +
      'is not: a text, bytes, a stream); "onSend", before the first byte of the answer leaves, or when a ' +
      'stream is over; or "onResponse", when the response is over and background work is done. An error ' +
      'of the teardown is answered; that of "onResponse" is logged. Default: "onSend".'
  }))
}, { additionalProperties: false, description: 'An object of { blocking, dependencies, schema, ' +
  'security, generator, cache, lifetime, hook, endsAt }.' })

const credentialsOptions = {
  schemeName: Type.Optional(Type.String({
    minLength: 1,
    description: 'Name of the security scheme in the OpenAPI page. Default: "bearer", "basic" or "apiKey".'
  })),
  optional: Type.Optional(Type.Boolean({ description: 'Whether a request without credentials gives ' +
    'undefined and not 401: true or false. Default: false.' })),
  hook: Type.Optional(hookOption)
}
const realmSchema = Type.String({ minLength: 1, description: 'Realm of the challenge: "shop".' })
const bearerSchema = Type.Object({ ...credentialsOptions, realm: Type.Optional(realmSchema) }, {
  additionalProperties: false, description: 'An object of { schemeName, optional, hook, realm }.'
})
const basicSchema = Type.Object({ ...credentialsOptions, realm: realmSchema }, {
  additionalProperties: false, description: 'An object of { schemeName, optional, hook, realm }.'
})
const apiKeySchema = Type.Object({
  ...credentialsOptions,
  in: Type.Union([Type.Literal('header'), Type.Literal('query'), Type.Literal('cookie')], {
    description: 'Where the key is: "header", "query" or "cookie".'
  }),
  name: Type.String({ minLength: 1, description: 'Name of the header, the parameter or the cookie.' })
}, { additionalProperties: false, description: 'An object of { schemeName, optional, hook, in, name }.' })

const hookSchema = ofKind('Hook')
const dashboardSchema = Type.Object({
  prefix: Type.Optional(Type.String({ description: 'Where the page is: "/blocking". Default: "".' })),
  onRequest: Type.Optional(Type.Union([hookSchema, Type.Array(hookSchema, { minItems: 1 })], {
    description: 'The guard: an onRequest hook of Fastify, or an array of one or more, for the page ' +
      'and all that it loads. Default: none, and only this machine is answered.'
  })),
  // Fastify's own options of register().
  logLevel: Type.Optional(Type.Unknown({ description: 'As in register(). Default: that of the server.' })),
  logSerializers: Type.Optional(Type.Unknown({ description: 'As in register(). Default: none.' }))
}, { additionalProperties: false, description: 'An object of { prefix, onRequest }.' })

const schemas = {
  byName: {
    plugin: pluginSchema,
    route: routeSchema,
    offload: limitsSchema,
    dependency: dependencySchema,
    bearer: bearerSchema,
    basic: basicSchema,
    apiKey: apiKeySchema,
    dashboard: dashboardSchema
  },
  Errors: errors.Errors
}

namespace schemas {
  export type Kinds = ValuesByKind
  /** Types of the values that fit the schemas, by name of the schema. */
  export interface Fitting {
    plugin: BlockingOptions
    route: BlockingRouteOption
    offload: OffloadOptions
    dependency: DependencyOptions
    bearer: typebox.Static<typeof schemas.byName.bearer>
    basic: typebox.Static<typeof schemas.byName.basic>
    apiKey: typebox.Static<typeof schemas.byName.apiKey>
    dashboard: DashboardOptions
  }
  export type ValueError = errors.ValueError
  /**
   * Options of the plugin. Required: `app`, the module from which workers build the app, mostly
   * `import.meta.url`. Times are in ms. An option that does not fit is FST_BLOCKING_INVALID_OPTION.
   */
  export type BlockingOptions = typebox.Static<typeof schemas.byName.plugin>
  /** Option `blocking` of a route: whether its handler runs in a worker, and with which limits. */
  export type BlockingRouteOption = typebox.Static<typeof schemas.byName.route>
  /** Options of `fastify.blocking.offload`: limits of the calls of a function. */
  export type OffloadOptions = typebox.Static<typeof schemas.byName.offload>
  export type DependencyOptions = typebox.Static<typeof schemas.byName.dependency>
  /**
   * Options of the dashboard. `onRequest`: the guard, a hook of Fastify, or an array of such. Without one the
   * dashboard answers only to this machine.
   */
  export type DashboardOptions = typebox.Static<typeof schemas.byName.dashboard>
  export type AppOption = BlockingOptions['app']
  export type MetricsOptions = NonNullable<BlockingOptions['metrics']>
  export type RecycleOptions = NonNullable<BlockingOptions['recycle']>
  export type PoolOptions = NonNullable<BlockingOptions['pool']>
  export type QueueOptions = NonNullable<BlockingOptions['queue']>
}

export = schemas
