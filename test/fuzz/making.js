import { PassThrough, Readable } from 'node:stream'

/*
 * Makes what a recipe says: data that crosses as JSON, of values most of which could not. By its kind, as [kind, ...of what].
 */

class Point {
  constructor (x) { this.x = x }
}

class Hidden {
  #x = 1
  get x () { return this.#x }
}

class HttpError extends RangeError {
  constructor (message) {
    super(message)
    this.name = 'HttpError'
  }
}

/** `above` are the containers that are being made, the outermost first: what a cycle may lead to. */
export function make (recipe, above = []) {
  const [kind, ...rest] = recipe
  return kinds[kind](rest, above)
}

const text = new TextEncoder()

/** A property of its own, whatever its name. But a `then` that calls nobody would be waited for, on the loop for ever. */
function define (target, name, made) {
  const value = name === 'then' && typeof made === 'function' ? 'then' : made
  return Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

function fill (target, entries, above) {
  for (const [name, recipe] of entries) define(target, name, make(recipe, [...above, target]))
  return target
}

const kinds = {
  undefined: () => undefined,
  data: ([value]) => value,
  number: ([name]) => Number(name),
  bigint: () => 12n,
  symbol: () => Symbol('sign'),
  function: () => function named () {},
  repeated: ([part, times]) => part.repeat(times),
  date: ([time]) => new Date(time),
  regexp: () => /a/g,
  map: ([entries], above) => new Map(entries.map(([name, recipe]) => [name, make(recipe, above)])),
  set: ([recipes], above) => new Set(recipes.map((recipe) => make(recipe, above))),
  object: ([entries], above) => fill({}, entries, above),
  bare: ([entries], above) => fill(Object.create(null), entries, above),
  instance: ([entries], above) => fill(new Point(1), entries, above),
  hidden: () => new Hidden(),
  frozen: ([entries], above) => Object.freeze(fill({}, entries, above)),
  symbolic: ([recipe], above) => ({ [Symbol('named')]: make(recipe, above), [Symbol.toPrimitive]: () => 7, a: 1 }),
  array: ([recipes], above) => {
    const list = []
    for (const recipe of recipes) list.push(make(recipe, [...above, list]))
    return list
  },
  sparse: ([length, recipe], above) => {
    const list = new Array(length)
    list[length - 1] = make(recipe, above)
    return Object.assign(list, { named: true })
  },
  above: ([steps], above) => above[above.length - 1 - steps] ?? 'nothing above',
  twice: ([recipe], above) => {
    const value = make(recipe, above)
    return [value, value]
  },
  deep: ([depth]) => {
    let value = []
    for (let level = 0; level < depth; level++) value = [value]
    return value
  },
  getter: ([recipe], above) => ({ get got () { return make(recipe, above) } }),
  throwing: ([recipe], above) => ({ get thrown () { throw make(recipe, above) } }),
  toJSON: ([recipe], above) => ({ toJSON: () => make(recipe, above) }),
  toJSONThrows: ([recipe], above) => ({ toJSON () { throw make(recipe, above) } }),
  toStringThrows: () => ({ toString () { throw new TypeError('no text') } }),
  proxy: ([recipe], above) => {
    const target = make(recipe, above)
    return typeof target === 'object' && target !== null ? new Proxy(target, {}) : target
  },
  trap: ([trap]) => new Proxy({ a: 1 }, { [trap]: () => { throw new RangeError(`the trap ${trap}`) } }),
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  tagged: ([tag]) => ({ [Symbol.toStringTag]: tag, status: 299, headers: { forEach () {}, * [Symbol.iterator] () {} }, body: null }),
  buffer: ([content]) => Buffer.from(content),
  part: ([content]) => Buffer.from(`<<${content}>>`).subarray(2, -2),
  typed: ([name, items]) => new globalThis[name](items),
  view: ([content]) => new DataView(text.encode(`-${content}`).buffer, 1),
  memory: ([content]) => text.encode(content).buffer,
  shared: ([length]) => new Uint8Array(new SharedArrayBuffer(length)),
  detached: () => {
    const bytes = new Uint8Array(8)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    return bytes
  },
  promise: ([recipe], above) => handled(Promise.resolve(make(recipe, above))),
  rejected: ([recipe], above) => handled(Promise.reject(make(recipe, above))),
  thenable: ([recipe], above) => ({ then: (resolve) => { resolve(make(recipe, above)) } }),
  thenThrows: () => ({ get then () { throw new RangeError('then') } }),
  then: ([recipe], above) => define({}, 'then', make(recipe, above)),
  error: ([entries, message], above) => fill(new Error(message), entries, above),
  httpError: ([entries, message], above) => fill(new HttpError(message), entries, above),
  aggregate: ([recipes], above) => new AggregateError(recipes.map((recipe) => make(recipe, above)), 'several'),
  caused: ([recipe], above) => new TypeError('caused', { cause: make(recipe, above) }),
  weak: () => new WeakMap(),
  signal: () => AbortSignal.abort(),
  url: () => new URL('http://localhost/a'),
  blob: ([content]) => new Blob([content]),
  response: ([status, headers, content]) => new Response(status === 204 || status === 304 ? null : content, { status, headers }),
  usedResponse: () => {
    const response = new Response('used')
    response.text()
    return response
  },
  readable: ([chunks]) => Readable.from(pieces(chunks)),
  piped: ([chunks]) => Readable.from(pieces(chunks)).pipe(new PassThrough()),
  broken: ([chunks, message]) => Readable.from((async function * () {
    yield * pieces(chunks)
    throw new Error(message)
  })()),
  destroyed: () => new Readable({ read () {} }).destroy(),
  ended: () => {
    const stream = Readable.from([])
    stream.resume()
    return stream
  },
  web: ([chunks]) => Readable.toWeb(Readable.from(pieces(chunks).map((chunk) => typeof chunk === 'string' ? Buffer.from(chunk) : chunk), { objectMode: true })),
  locked: () => {
    const stream = new ReadableStream()
    stream.getReader()
    return stream
  },
  objects: ([form]) => form === 'generator' ? [{}, 1, Symbol('sign')].values() : form === 'web' ? Readable.toWeb(Readable.from([{}])) : Readable.from([{}]),
  generator: ([chunks]) => (function * () { yield * pieces(chunks) })(),
  asyncGenerator: ([chunks]) => (async function * () { yield * pieces(chunks) })()
}

/** An error handler on the loop may make one, too, and nobody looks at it. */
function handled (promise) {
  promise.catch(() => {})
  return promise
}

/** Strings and bytes. */
function pieces (chunks) {
  return chunks.map(([form, content]) => form === 'text' ? content : Buffer.from(content))
}
