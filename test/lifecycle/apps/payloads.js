import { create } from './create.js'

const rows = Array.from({ length: 200 }, (_, id) => ({ id, name: `row ${id} äöü €` }))
const circular = { name: 'circular' }
circular.self = circular

class Point {
  constructor (x, y) {
    this.x = x
    this.y = y
  }
}

class Money {
  constructor (amount) {
    this.amount = amount
  }

  toJSON () {
    return `${this.amount} EUR`
  }
}

/** Everything that a handler may give back, by name. */
export const payloads = {
  object: () => ({ greeting: 'hello', nested: { list: [1, 2, { three: 3 }] }, date: new Date(0), nothing: null, left: undefined }),
  'object without a prototype': () => Object.assign(Object.create(null), { bare: true }),
  'empty object': () => ({}),
  array: () => [1, 'two', null, undefined],
  'class instance': () => new Point(1, 2),
  toJSON: () => ({ price: new Money(3), direct: [new Money(4)] }),
  date: () => new Date(0),
  map: () => new Map([['a', 1]]),
  set: () => new Set([1, 2]),
  error: () => Object.assign(new Error('given back, not thrown'), { statusCode: 409 }),
  'non-finite numbers': () => ({ nan: NaN, infinity: Infinity, minus: -0 }),
  'many rows': () => rows,
  string: () => 'hello',
  'empty string': () => '',
  'string with umlauts': () => 'äöü € 😀',
  'string with a lone surrogate': () => 'a\uD800b',
  'string of 5 kB': () => 'a'.repeat(5_000),
  'string of 100 kB': () => 'a'.repeat(100_000),
  'string of 100 kB with umlauts': () => 'ä€😀'.repeat(20_000),
  'string of 5 kB with a lone surrogate': () => 'a'.repeat(5_000) + '\uD800',
  buffer: () => Buffer.from('bytes \xff', 'latin1'),
  'empty buffer': () => Buffer.alloc(0),
  'buffer of 100 kB': () => Buffer.alloc(100_000, 'abc'),
  'part of a buffer': () => Buffer.from('0123456789').subarray(2, 5),
  Uint8Array: () => new Uint8Array([1, 2, 3]),
  Uint16Array: () => new Uint16Array([1, 256, 65535]),
  Float64Array: () => new Float64Array([1.5, -2.5]),
  'part of a Uint16Array': () => new Uint16Array([1, 2, 3, 4]).subarray(1, 3),
  DataView: () => new DataView(new Uint8Array([9, 8, 7, 6]).buffer, 1, 2),
  ArrayBuffer: () => new Uint8Array([1, 2, 3]).buffer,
  null: () => null,
  zero: () => 0,
  number: () => 42.5,
  NaN: () => NaN,
  true: () => true,
  false: () => false,
  'a function': () => function named () {},
  'a symbol': () => Symbol('sign'),
  'a big integer': () => 10n,
  'circular object': () => circular,
  'object whose toJSON throws': () => ({ toJSON () { throw new RangeError('no JSON of this') } }),
  'object with a getter that throws': () => ({ get broken () { throw new TypeError('no value of this') } })
}

/** The ways in which a handler answers. */
export const styles = {
  returned: (make) => () => make(),
  'returned by an async handler': (make) => async () => make(),
  'returned by an async handler that has waited': (make) => async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return make()
  },
  sent: (make) => (_request, reply) => { reply.send(make()) },
  'sent later': (make) => (_request, reply) => { setTimeout(() => reply.send(make()), 1) },
  'sent, with the reply returned': (make) => (_request, reply) => reply.send(make()),
  'sent by an async handler that returns the reply': (make) => async (_request, reply) => reply.send(make()),
  'sent later by an async handler that returns the reply': (make) => async (_request, reply) => {
    setImmediate(() => reply.send(make()))
    return reply
  },
  'sent later by an async handler that awaits the reply': (make) => async (_request, reply) => {
    setImmediate(() => reply.send(make()))
    await reply
  }
}

/** Content types that a handler may have set before. */
export const types = ['application/json', 'text/plain', 'application/vnd.api+json', 'application/octet-stream', 'text/html; charset=latin1']

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  const makers = Object.values(payloads)
  for (const [index, style] of Object.values(styles).entries()) {
    app.get(`/${index}/:number`, { blocking }, function (request, reply) {
      return style(makers[request.params.number]).call(this, request, reply)
    })
  }
  app.get('/typed/:number/:type', { blocking }, (request, reply) => {
    reply.type(types[request.params.type]).send(makers[request.params.number]())
  })
  app.get('/code/:number/:code', { blocking }, (request, reply) => {
    reply.code(request.params.code).send(makers[request.params.number]())
  })
  return app
}
