import { type Static, Type } from '@sinclair/typebox'

/*
 * TypeBox schemas of all messages. What fits them may still make no sense, and then fails its session; what
 * does not might fail the process, later. The build compiles them to message-checks.cjs.
 */

const count = Type.Integer({ minimum: 0 })
const milliseconds = Type.Number({ minimum: 0 })
const session = Type.Integer({ minimum: 1 })
const sessions = Type.Array(Type.Tuple([session, count, count]))
const text = Type.String()
const object = Type.Object({})
const bytes = Type.Uint8Array()
const isSet = Type.Optional(Type.Literal(true))

// Those within an error are not looked into: an error may be its own cause.
const error = Type.Object({
  type: text,
  name: text,
  message: text,
  stack: Type.Union([text, Type.Undefined()]),
  properties: object
})

const values = Type.Object({
  values: object,
  buffers: Type.Optional(Type.Record(text, Type.Array(bytes))),
  nullPrototypes: Type.Optional(Type.Array(text)),
  errors: Type.Optional(Type.Record(text, error)),
  omitted: Type.Optional(Type.Record(text, Type.Tuple([text, text]))),
  deleted: Type.Optional(Type.Array(text))
})

// Node accepts a text too. For another value Node throws when the head is written, which nobody catches.
const statusCode = Type.Union([
  Type.Integer({ minimum: 100, maximum: 999 }), Type.String({ pattern: '^[1-9][0-9]{2}$' })
])

const reply = Type.Object({
  statusCode,
  headers: object,
  rawHeaders: Type.Optional(Type.Array(Type.Tuple([text, Type.Unknown()]))),
  removed: Type.Optional(Type.Array(text)),
  serializer: Type.Optional(count),
  invalidHeaders: Type.Optional(Type.Record(text, error))
})

const changes = Type.Object({
  request: Type.Optional(values),
  reply: Type.Optional(values),
  rawRequest: Type.Optional(values),
  rawReply: Type.Optional(values),
  sessions: Type.Optional(values),
  storeCalls: Type.Optional(Type.Array(Type.Tuple([text, text])))
})

/** Parts of several messages. */
const state = {
  reply: Type.Optional(reply),
  changes: Type.Optional(changes),
  dependencies: Type.Optional(values),
  error: Type.Optional(error)
}

// Differences of a clock's readings, which rounding may make less than 0.
const timed = { times: Type.Optional(Type.Tuple([Type.Number(), Type.Number()])) }

// An id of a request is what option genReqId of the server returns, which may be no text.
const line = Type.Object({
  type: Type.Literal('log'),
  method: text,
  of: Type.Union([Type.Literal('app'), Type.Literal('request'), Type.Object({ id: Type.Unknown() })]),
  children: Type.Optional(Type.Array(Type.Array(Type.Unknown()))),
  level: Type.Optional(text),
  args: Type.Array(Type.Unknown()),
  order: Type.Optional(object)
})

/** Messages of both sides. */
const both = [
  Type.Object({
    type: Type.Literal('chunks'), chunks: Type.Array(bytes), encodedLength: Type.Optional(count)
  }),
  Type.Object({
    type: Type.Literal('end'),
    error: Type.Optional(error),
    lastChunk: Type.Optional(bytes),
    hasBackground: isSet,
    encodedLength: Type.Optional(count),
    trailers: Type.Optional(object),
    ...timed
  }),
  Type.Object({ type: Type.Literal('credit'), bytes: count, isCancelled: isSet, error: Type.Optional(error) })
]

const fromWorker = Type.Union([
  ...both,
  Type.Intersect([reply, Type.Object({
    type: Type.Literal('answer'),
    unserialized: Type.Optional(values),
    notFound: isSet,
    isWritten: isSet,
    changes: Type.Optional(changes),
    isFailed: isSet,
    refusal: Type.Optional(text),
    sentCookies: Type.Optional(Type.Array(text)),
    stream: Type.Optional(Type.Union([Type.Literal('whole'), Type.Literal('begun')])),
    hasBackground: isSet,
    ...timed
  })]),
  Type.Object({ type: Type.Literal('left'), ...state, hasBackground: isSet, ...timed }),
  Type.Object({
    type: Type.Literal('step'),
    step: Type.Union([Type.Literal('resolve'), Type.Literal('handle'), Type.Literal('teardown')]),
    phase: Type.Integer(),
    ...state,
    endsAt: Type.Optional(Type.Union([Type.Literal('preSerialization'), Type.Literal('onResponse')]))
  }),
  Type.Object({ type: Type.Literal('backgroundDone'), error: Type.Optional(error), ...timed }),
  Type.Object({ type: Type.Literal('failed'), error, isUnhandled: isSet, ...timed }),
  Type.Object({ type: Type.Literal('result'), outcome: values }),
  line
])

const toWorker = Type.Union([
  ...both,
  Type.Object({
    type: Type.Literal('stepResult'), hasTeardown: isSet, endsBeforeSerialization: isSet, ...state
  }),
  Type.Object({ type: Type.Literal('responseOver'), isFailed: Type.Boolean(), error: Type.Optional(error) })
])

export const byName = {
  manifest: Type.Object({
    digest: text,
    app: text,
    version: text,
    package: text,
    workerData: Type.Object({
      form: Type.Union([Type.Literal('auto'), Type.Literal('factory'), Type.Literal('plugin')]),
      exportName: text,
      options: object,
      prefix: text,
      ordinal: count,
      root: Type.Boolean(),
      server: object,
      workerHooks: Type.Array(text),
      log: Type.Object({ level: text, values: Type.Record(text, Type.Number()) }),
      errorClasses: count,
      niceIncrement: Type.Integer(),
      name: Type.Optional(text),
      mainFile: Type.Optional(text)
    }),
    settings: Type.Object({
      concurrentTasksPerWorker: Type.Integer({ minimum: 1 }),
      grace: milliseconds,
      recycle: Type.Object({
        requests: Type.Optional(count), heap: Type.Optional(count), age: Type.Optional(milliseconds)
      }),
      resourceLimits: Type.Optional(Type.Record(text, Type.Number())),
      bootTimeout: Type.Optional(milliseconds)
    })
  }),
  discovery: object,
  capacity: Type.Object({
    host: Type.String({ minLength: 1 }),
    name: text,
    version: text,
    slots: count,
    free: Type.Integer(),
    opened: Type.Record(text, count),
    counts: Type.Object({
      starting: count,
      live: count,
      busy: count,
      retired: count,
      exiting: count,
      killed: count,
      retirements: count,
      recycled: count,
      heapsUsed: Type.Array(count),
      boots: count,
      failedBoots: count,
      bootTime: milliseconds
    })
  }),
  unable: Type.Object({ name: text, reason: text }),
  log: Type.Object({ line }),
  hello: Type.Object({ digest: text }),
  ping: Type.Object({
    at: Type.Number(),
    measured: Type.Union([Type.Undefined(), Type.Object({ at: Type.Number(), roundTrip: milliseconds })]),
    sessions,
    hosts: count
  }),
  announce: Type.Object({
    announcement: Type.Union([
      Type.Object({ type: Type.Literal('listening'), addresses: Type.Array(Type.Unknown()) }),
      Type.Object({ type: Type.Literal('appLevel'), appLevel: text })
    ])
  }),
  outcome: Type.Object({ session, call: count, outcome: values }),
  bye: object,
  report: Type.Object({
    host: text,
    report: Type.Object({
      routes: Type.Record(text, text),
      schemas: Type.Optional(Type.Record(text, text)),
      overrides: Type.Array(text),
      declared: Type.Array(text),
      surroundings: object,
      hasLogger: Type.Boolean()
    })
  }),
  pong: Type.Object({ host: text, at: Type.Number(), sessions }),
  gone: Type.Object({ host: text, opened: count }),
  open: Type.Object({
    opening: Type.Union([
      Type.Object({
        type: Type.Literal('visit'),
        route: text,
        method: text,
        url: text,
        lines: Type.Array(text),
        overrides: Type.Optional(Type.Array(text))
      }),
      Type.Object({ type: Type.Literal('call'), name: text, args: values })
    ]),
    validFor: milliseconds,
    timeLimit: milliseconds,
    isTerminable: Type.Boolean(),
    mayPrefetch: count,
    outer: Type.Optional(session)
  }),
  message: Type.Object({ message: Type.Union([fromWorker, toWorker]) }),
  abort: Type.Object({ reason: count, isCompleting: Type.Boolean() }),
  terminate: Type.Object({ reason: count }),
  decision: Type.Object({ reason: count }),
  called: Type.Object({ call: count, outcome: values }),
  ended: Type.Object({ message: fromWorker, ran: milliseconds }),
  lost: Type.Object({
    isStarted: Type.Boolean(),
    isGivenUp: Type.Boolean(),
    isLeaving: Type.Boolean(),
    cause: Type.Union([Type.Undefined(), error])
  }),
  busy: object,
  completing: object,
  call: Type.Object({
    number: count,
    call: Type.Union([
      Type.Object({ type: Type.Literal('loopCall'), id: count, name: text, args: values }),
      Type.Object({ type: Type.Literal('loggerCall'), id: count, line })
    ]),
    isSync: Type.Boolean()
  }),
  part: Type.Object({ bytes, length: Type.Optional(count) }),
  partCredit: Type.Object({ parts: count })
}

/** Types of the messages that are checked. */
export type CheckedType = keyof typeof byName

export type Checks = Readonly<Record<CheckedType, (value: unknown) => boolean>>

export type Checked = { [Name in CheckedType]: Static<typeof byName[Name]> }
