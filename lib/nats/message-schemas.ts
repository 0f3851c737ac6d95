import { type Static, Type } from '@sinclair/typebox'

/*
 * TypeBox schemas of messages that concern no session, and of what opens one: what is wrong there would stay
 * with the server, the host or its threads. The build compiles the schemas to message-checks.cjs. What is
 * wrong in other frames ends their session.
 */

const count = Type.Integer({ minimum: 0 })
const milliseconds = Type.Number({ minimum: 0 })
const session = Type.Integer({ minimum: 1 })
const sessions = Type.Array(Type.Tuple([session, count, count]))
const text = Type.String()
const object = Type.Object({})

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
      errorClasses: count
    }),
    settings: Type.Object({
      concurrentTasksPerWorker: Type.Integer({ minimum: 1 }),
      grace: milliseconds,
      recycle: object
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
  log: Type.Object({
    line: Type.Object({
      type: Type.Literal('log'),
      method: text,
      of: Type.Union([Type.Literal('app'), Type.Literal('request'), Type.Object({ id: text })]),
      args: Type.Array(Type.Unknown())
    })
  }),
  hello: Type.Object({ digest: text }),
  ping: Type.Object({
    at: Type.Number(),
    measured: Type.Union([Type.Undefined(), Type.Object({ at: Type.Number(), roundTrip: milliseconds })]),
    sessions
  }),
  announce: Type.Object({
    announcement: Type.Union([
      Type.Object({ type: Type.Literal('listening'), addresses: Type.Array(Type.Unknown()) }),
      Type.Object({ type: Type.Literal('appLevel'), appLevel: text })
    ])
  }),
  outcome: Type.Object({ session, call: session, outcome: object }),
  bye: object,
  report: Type.Object({
    host: text,
    report: Type.Object({
      routes: Type.Record(text, text),
      declared: Type.Array(text),
      surroundings: object,
      hasLogger: Type.Boolean()
    })
  }),
  pong: Type.Object({ host: text, at: Type.Number(), sessions }),
  gone: Type.Object({ host: text }),
  open: Type.Object({
    opening: Type.Union([
      Type.Object({
        type: Type.Literal('visit'), route: text, method: text, url: text, lines: Type.Array(text)
      }),
      Type.Object({ type: Type.Literal('call'), name: text, args: object })
    ]),
    validFor: milliseconds,
    timeLimit: milliseconds,
    isTerminable: Type.Boolean(),
    mayPrefetch: count,
    outer: Type.Optional(session)
  })
}

/** Types of the messages that are checked. */
export type CheckedType = keyof typeof byName

export type Checks = Readonly<Record<CheckedType, (value: unknown) => boolean>>

export type Checked = { [Name in CheckedType]: Static<typeof byName[Name]> }
