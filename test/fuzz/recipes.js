import fc from 'fast-check'

/*
 * What a handler may do to a reply, and give back or throw; see making.js for what becomes of it.
 */

const names = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', 'then', 'toString', 'valueOf', 'hasOwnProperty', 'pipe', 'length', 'message', 'stack', 'name', 'code', 'cause', 'errors', 'statusCode', 'status', 'headers', '0', 'a') }, fc.string({ maxLength: 6 }))
const string = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('', 'text', 'ü€😀', '\ud800', 'a\r\nset-cookie: b=c', '\0', '\u2028', '__proto__', '404', '[object Response]'))
const status = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(200, 201, 204, 205, 206, 299, 302, 304, 400, 404, 418, 500, 503, 599) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, 99, 100, 101, 103, 199, 600, 999, 1000, -1, 1.5, '200', '404x', '', null, true) })
const chunks = fc.array(fc.tuple(fc.constantFrom('text', 'bytes'), fc.oneof(fc.constantFrom('chunk', 'ü', 'x'.repeat(70_000), '\r\n0\r\n\r\n'), fc.string({ minLength: 1, maxLength: 10 }))), { maxLength: 4 })
const traps = fc.constantFrom('get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'set', 'defineProperty')

const { value } = fc.letrec((tie) => {
  const inner = tie('value')
  const entries = fc.array(fc.tuple(names, inner), { maxLength: 4 })
  const errorEntries = fc.array(fc.oneof(
    fc.tuple(fc.constantFrom('statusCode', 'status'), status.map((code) => ['data', code])),
    fc.tuple(fc.constant('headers'), fc.tuple(fc.constant('object'), fc.array(fc.tuple(fc.constantFrom('x-error', 'content-type', 'content-length', 'a b', '__proto__'), inner), { maxLength: 2 }))),
    fc.tuple(fc.constant('code'), fc.constantFrom(['data', 'E_OWN'], ['data', 'FST_BLOCKING_CLOSING'], ['data', 5], ['symbol'])),
    fc.tuple(names, inner)
  ), { maxLength: 3 })
  const one = (...parts) => fc.tuple(...parts.map((part) => typeof part === 'string' ? fc.constant(part) : part))
  return {
    value: fc.oneof({ maxDepth: 4, depthSize: 'small' },
      fc.oneof(
        one('data', fc.oneof(string, fc.integer(), fc.boolean(), fc.constant(null))),
        fc.constantFrom(['undefined'], ['number', 'NaN'], ['number', 'Infinity'], ['number', '-0'], ['bigint'], ['symbol'], ['function'], ['regexp'], ['hidden'], ['weak'], ['signal'], ['url'], ['revoked'], ['toStringThrows'], ['thenThrows'], ['date', 0], ['date', 'never'])
      ),
      fc.oneof(one('object', entries), one('object', entries), one('bare', entries), one('instance', entries), one('frozen', entries), one('map', entries)),
      fc.oneof(one('array', fc.array(inner, { maxLength: 4 })), one('set', fc.array(inner, { maxLength: 3 })), one('sparse', fc.integer({ min: 1, max: 20 }), inner), one('above', fc.nat(2)), one('twice', inner)),
      fc.oneof(one('getter', inner), one('throwing', inner), one('toJSON', inner), one('toJSONThrows', inner), one('proxy', inner), one('trap', traps), one('symbolic', inner), one('tagged', fc.constantFrom('Response', 'Object', '', 'Error', 'ReadableStream'))),
      fc.oneof(one('promise', inner), one('rejected', inner), one('thenable', inner), one('then', inner)),
      fc.oneof(one('buffer', string), one('part', string), one('view', string), one('memory', string), one('shared', fc.nat(20)), one('blob', string), one('typed', fc.constantFrom('Uint8Array', 'Int16Array', 'Float64Array', 'Uint8ClampedArray'), fc.array(fc.nat(255), { maxLength: 5 }))),
      fc.oneof(one('error', errorEntries, string), one('httpError', errorEntries, string), one('aggregate', fc.array(inner, { maxLength: 2 })), one('caused', inner)),
      fc.oneof(one('repeated', fc.constantFrom('x', 'ü', '\ud800', '"\\'), fc.constantFrom(4_095, 4_096, 100_000, 1_000_000)), one('deep', fc.constantFrom(10, 100_000)))
    )
  }
})
const streams = fc.oneof(
  fc.tuple(fc.constantFrom('readable', 'piped', 'web', 'generator', 'asyncGenerator'), chunks),
  fc.tuple(fc.constant('broken'), fc.constant([]), fc.constant('broken')),
  fc.tuple(fc.constant('response'), fc.constantFrom(200, 201, 204, 304, 404, 503), fc.constantFrom({}, { 'x-response': 'a', 'content-type': 'text/x' }, { 'set-cookie': 'a=b' }), string.map((text) => text.toWellFormed())),
  fc.constantFrom(['usedResponse'], ['locked'])
)
const given = fc.oneof({ weight: 5, arbitrary: value }, { weight: 2, arbitrary: streams }, { weight: 2, arbitrary: fc.tuple(fc.constant('data'), string) })

const headerName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('x-a', 'X-A', 'x-b', 'set-cookie', 'cache-control', 'etag', 'location', 'vary') },
  { weight: 3, arbitrary: fc.constantFrom('content-type', 'content-length', 'transfer-encoding', 'connection', 'date', 'keep-alive', 'content-encoding') },
  { weight: 2, arbitrary: fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'a b', 'é', 'a\r\nb', ':x') }
)
const headerValue = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('data'), fc.oneof(string, fc.constantFrom('plain', '0', '3', '99999', '-1', 'chunked', 'close', 'gzip', 'text/plain', 'application/json', 'a=b; Path=/'), fc.integer(), fc.constant(null), fc.boolean(), fc.array(string, { maxLength: 3 }))) },
  { weight: 2, arbitrary: value }
)
const step = fc.oneof(
  fc.tuple(fc.constant('code'), status.map((code) => ['data', code])),
  fc.tuple(fc.constant('status'), status.filter((code) => code >= 100 && code <= 999).map((code) => ['data', code])),
  fc.tuple(fc.constant('message'), string.filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)).map((text) => ['data', text])),
  { weight: 3, arbitrary: fc.tuple(fc.constant('header'), headerName, headerValue) },
  fc.tuple(fc.constant('headers'), fc.tuple(fc.constant('object'), fc.array(fc.tuple(headerName, headerValue), { maxLength: 3 }))),
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('rawHeader', 'rawAppend'), fc.oneof(headerName, fc.constantFrom('X-Raw', '__proto__')), headerValue) },
  fc.tuple(fc.constantFrom('remove', 'rawRemove'), headerName),
  fc.tuple(fc.constant('type'), fc.oneof(string, fc.constantFrom('text/plain', 'application/json', 'application/x; charset=latin1'))),
  fc.tuple(fc.constant('serializer'), fc.tuple(fc.constantFrom('data', 'buffer'), string)),
  fc.constant(['left']),
  fc.tuple(fc.constant('put'), fc.constantFrom('request', 'reply'), fc.oneof(fc.constantFrom('custom', '__proto__', 'constructor', 'toJSON', 'then', 'toString', 'hasOwnProperty'), fc.string({ minLength: 1, maxLength: 4 }).map((name) => `custom${name}`)), value)
)

const style = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('returns', 'returns async') }, { weight: 4, arbitrary: fc.constantFrom('returns later', 'sends', 'sends later', 'sends async', 'throws', 'throws async', 'throws later', 'redirects') })
const failure = fc.constantFrom('tells', 'tells', 'default', 'throws', 'returns')

/** What ends the process if it is done on the loop, or stands still there, or depends on how long hooks take. */
const worst = fc.record({
  steps: fc.array(fc.oneof(
    step,
    fc.tuple(fc.constant('status'), fc.oneof(status.filter((code) => !(code >= 100 && code < 200)).map((code) => ['data', code]), value)),
    fc.tuple(fc.constantFrom('header', 'rawHeader'), fc.oneof(headerName, fc.constant('trailer')), headerValue),
    fc.tuple(fc.constant('message'), fc.oneof(string.map((text) => ['data', text]), value)),
    fc.tuple(fc.constant('code'), value),
    fc.tuple(fc.constant('serializer'), value),
    fc.constantFrom(['hijack'], ['trailer'], ['write'], ['writeHead'], ['end'], ['hints'], ['destroy'])
  ), { minLength: 1, maxLength: 3 }),
  style: fc.oneof(style, fc.constantFrom('sends twice', 'sends and throws')),
  value: fc.oneof(given, fc.constantFrom(['detached'], ['destroyed'], ['ended'], ['objects', 'readable'], ['objects', 'web'], ['objects', 'generator']), fc.tuple(fc.constant('broken'), chunks, fc.constant('broken'))),
  failure,
  isWorst: fc.constant(true)
})

/** The body of a request to answers-app.js. */
export const answer = fc.oneof({ weight: 5, arbitrary: fc.record({ steps: fc.array(step, { maxLength: 3 }), style, value: given, failure }).map(withoutTwoErrors).map(withoutBoth).map(withoutRemovedRaw) }, { weight: 1, arbitrary: worst })
  .map((does) => isUnreadable(does) || isReplyAnswer(does) ? { ...does, isWorst: true } : does)
  .map(({ steps, ...others }) => ({ steps, ...others, looked: steps.filter(([name, , , value]) => name === 'put' && isPlain(value)).map(([, , name]) => name) }))

/**
 * An error handler that fails, and headers that it has set before: an error that comes from those is the first one on the loop, and goes to it again,
 * where without workers it goes to Fastify's own.
 */
function withoutBoth (does) {
  return does.failure === 'throws' && /"headers"/.test(JSON.stringify(does.value)) ? { ...does, failure: 'default' } : does
}

/** Of raw headers that are all removed again Node remembers that there were some, and has another way with the others. */
function withoutRemovedRaw (does) {
  const set = does.steps.filter(([name]) => name.startsWith('raw') && name !== 'rawRemove').map(([, name]) => name.toLowerCase())
  return { ...does, steps: does.steps.filter(([name, what]) => !/^(remove|rawRemove)$/.test(name) || !set.includes(what.toLowerCase())) }
}

/** A reply that is no longer thenable is what a handler that gives it back answers with, after its answer. */
function isReplyAnswer ({ steps }) {
  return steps.some(([name, on, property]) => name === 'put' && on === 'reply' && property === 'then')
}

/** On the loop it depends on who has called the handler what becomes of an error that comes from looking at another one; and of a header, on what there was before it. */
function isUnreadable ({ value, steps }) {
  const headers = JSON.stringify(steps.filter(([name]) => /header|rawAppend/i.test(name)))
  // How deep is too deep as well.
  return /"(trap|revoked|thenThrows)"/.test(JSON.stringify(value) + headers) || /"deep"/.test(headers)
}

/**
 * Without what makes two errors of which it is not said which one is answered, or by which side's error handler: a stream that fails and a header
 * that is wrong; a serializer and such a header; a status that
 * the reply is not told, or for which Node sends no body, and says so of the error as well; a length that is left when such a header has been refused.
 */
function withoutTwoErrors (does) {
  const { steps, style, value: [kind, ...rest], failure } = does
  const alone = steps.find(([name, what]) => name === 'serializer' || name === 'status' || (name.startsWith('raw') && what.toLowerCase() === 'content-length') || (name === 'code' && (what[1] === 204 || what[1] === 304 || what[1] < 200)))
  const isIterator = kind === 'generator' || kind === 'asyncGenerator'
  return {
    ...does,
    steps: ['broken', 'usedResponse', 'locked'].includes(kind) ? [] : alone === undefined ? steps : [alone],
    // Only where it is sent has the loop a stream in its place, see answers-app.js.
    value: [isIterator && (failure === 'throws' || /^throws|^redirects/.test(style)) ? 'readable' : kind, ...rest]
  }
}

/** Whether it crosses as it is, as docs/what-crosses.md has it. */
function isPlain ([kind, ...rest]) {
  if (['data', 'undefined', 'number', 'date', 'repeated'].includes(kind)) return true
  if (['object', 'bare', 'frozen', 'map'].includes(kind)) return rest[0].every(([name, value]) => name !== 'toJSON' && isPlain(value))
  if (['array', 'set'].includes(kind)) return rest[0].every(isPlain)
  if (kind === 'twice') return isPlain(rest[0])
  return kind === 'sparse' && isPlain(rest[1])
}
