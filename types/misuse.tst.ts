import { EventEmitter } from 'node:events'
import { createReadStream } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import Fastify from 'fastify'
import { type CannotCross, type Dependency, dependency } from 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()

class Database {
  constructor (readonly path: string) {}
  all (query: string) { return [query] }
}

test('what cannot cross is an error where a function of the other side touches it', () => {
  const socket = dependency({ blocking: false }, () => createConnection(80))
  dependency({ blocking: true, dependencies: { socket } }, (_request, { socket }) => {
    expect(socket).type.toBe<CannotCross<Socket>>()
    // @ts-expect-error Property 'write' does not exist on type 'CannotCross<Socket>'
    return socket.write('x')
  })
  const verify = dependency({ blocking: false }, () => (token: string) => token === 'x')
  dependency({ blocking: true, dependencies: { verify } }, (_request, { verify }) =>
    // @ts-expect-error This expression is not callable
    verify('x'))
  const database = dependency({ blocking: true, lifetime: 'app' }, () => new Database('a.db'))
  dependency({ blocking: false, dependencies: { database } }, (_request, { database }) =>
    // @ts-expect-error Property 'all' does not exist on type 'CannotCross<Database>'
    database.all('SELECT 1'))
})

test('every kind of value that cannot cross is known', () => {
  const needs = <Value>(make: () => Value) => dependency({ blocking: false }, make)
  const all = {
    emitter: needs(() => new EventEmitter()),
    stream: needs(() => createReadStream('a')),
    symbol: needs(() => Symbol('a')),
    url: needs(() => new URL('a:b')),
    signal: needs(() => AbortSignal.timeout(1)),
    weak: needs(() => new WeakMap<object, string>()),
    methods: needs(() => ({ id: 5, next () { return 6 } })),
    maybe: needs(() => app.prefix === '' ? undefined : new Database('a'))
  }
  dependency({ blocking: true, dependencies: all }, (_request, values) => {
    expect(values.emitter).type.toBeAssignableTo<CannotCross<EventEmitter>>()
    expect(values.stream).type.not.toHaveProperty('pipe')
    expect(values.symbol).type.toBe<CannotCross<symbol>>()
    expect(values.url).type.toBe<CannotCross<URL>>()
    expect(values.signal).type.toBe<CannotCross<AbortSignal>>()
    expect(values.weak).type.toBe<CannotCross<WeakMap<object, string>>>()
    expect(values.methods).type.not.toHaveProperty('id')
    expect(values.maybe).type.toBe<undefined | CannotCross<Database>>()
  })
})

test('what crosses keeps its type', () => {
  interface Everything {
    text: string
    list: readonly number[]
    optional?: () => void
    never: never
    nested: { when: Date, bytes: Uint8Array }
  }
  type Id = string & { readonly brand: 'id' }
  const needs = <Value>() => dependency({ blocking: false }, () => ({}) as Value)
  const all = {
    everything: needs<Everything>(),
    id: needs<Id>(),
    when: needs<Date>(),
    pattern: needs<RegExp>(),
    error: needs<TypeError>(),
    map: needs<Map<string, number>>(),
    set: needs<Set<string>>(),
    bytes: needs<Uint8Array>(),
    buffer: needs<Buffer>(),
    memory: needs<SharedArrayBuffer>(),
    tuple: needs<[1, 'a']>(),
    blob: needs<Blob>(),
    byName: needs<Record<string, () => void>>(),
    unknown: needs<unknown>(),
    object: needs<object>(),
    nothing: needs<void>(),
    boolean: needs<boolean>()
  }
  dependency({ blocking: true, dependencies: all }, (_request, values) => {
    expect(values.everything).type.toBe<Everything>()
    expect(values.id).type.toBe<Id>()
    expect(values.when).type.toBe<Date>()
    expect(values.pattern).type.toBe<RegExp>()
    expect(values.error).type.toBe<TypeError>()
    expect(values.map).type.toBe<Map<string, number>>()
    expect(values.set).type.toBe<Set<string>>()
    expect(values.bytes).type.toBe<Uint8Array>()
    expect(values.buffer).type.toBe<Buffer>()
    expect(values.memory).type.toBe<SharedArrayBuffer>()
    expect(values.tuple).type.toBe<[1, 'a']>()
    expect(values.blob).type.toBe<Blob>()
    expect(values.byName).type.toBe<Record<string, () => void>>()
    expect(values.unknown).type.toBe<unknown>()
    expect(values.object).type.toBe<object>()
    expect(values.nothing).type.toBe<void>()
    expect(values.boolean).type.toBe<boolean>()
  })
  const anything = dependency({ blocking: false }, () => JSON.parse('1'))
  dependency({ blocking: true, dependencies: { anything } }, (_request, { anything }) => expect(anything).type.toBe<any>())
})

test('where a side is not known, or both are the same, nothing is refused', () => {
  const unmarked = dependency(() => new Database('a.db'))
  const onLoop = dependency({ blocking: false }, () => new Database('a.db'))
  const inWorker = dependency({ blocking: true }, () => new Database('a.db'))
  const somewhere = dependency({ blocking: app.prefix === '' }, () => new Database('a.db'))
  const byHand: Dependency<Database> = onLoop
  dependency({ blocking: true, dependencies: { unmarked, inWorker, somewhere, byHand } }, (_request, values) => {
    expect(values).type.toBe<{ readonly unmarked: Database, readonly inWorker: Database, readonly somewhere: Database, readonly byHand: Database }>()
  })
  dependency({ blocking: false, dependencies: { unmarked, onLoop, somewhere, byHand } }, (_request, values) => {
    expect(values).type.toBe<{ readonly unmarked: Database, readonly onLoop: Database, readonly somewhere: Database, readonly byHand: Database }>()
  })
  dependency({ dependencies: { onLoop, inWorker } }, (_request, values) => {
    expect(values).type.toBe<{ readonly onLoop: Database, readonly inWorker: Database }>()
  })
})

test('a dependency of lifetime app names those of the same lifetime, on the same side', () => {
  const user = dependency((request) => request.ip)
  const settings = dependency({ lifetime: 'app', blocking: false }, () => ({ path: 'a.db' }))
  const anywhere = dependency({ lifetime: 'app' }, () => 5)
  const byHand: Dependency<number> = anywhere
  expect(dependency({ lifetime: 'app', dependencies: { settings, anywhere, byHand } }, (_fastify, { settings }) => settings.path)).type.toBe<Dependency<string, 'app'>>()
  expect(dependency({ lifetime: 'app', blocking: false, dependencies: { settings } }, (_fastify, { settings }) => settings.path)).type.toBe<Dependency<string, 'app', false>>()
  // @ts-expect-error is not assignable to type '"a dependency of lifetime \"app\""'
  dependency({ lifetime: 'app', dependencies: { user } }, () => 5)
  // @ts-expect-error is not assignable to type '"a dependency on the same side"'
  dependency({ lifetime: 'app', blocking: true, dependencies: { settings } }, () => 5)
})

test('a name that nobody declares does not exist', () => {
  const user = dependency((request) => request.ip)
  app.get('/', { blocking: true, dependencies: { user } }, (request) =>
    // @ts-expect-error Property 'usr' does not exist
    request.dependencies.usr)
  dependency({ blocking: true, dependencies: { user } }, (_request, dependencies) =>
    // @ts-expect-error Property 'usr' does not exist
    dependencies.usr)
})
