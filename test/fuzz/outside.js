import fc from 'fast-check'

/*
 * What somebody may send: requests that are nearly right, and bytes that are not. Everything is in latin1, a character a byte.
 */

const names = ['__proto__', 'constructor', 'prototype', 'toJSON', 'toString', 'hasOwnProperty', 'then', 'a', 'n', 'name', 'list', '']
const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, fc.string({ maxLength: 6 }))
const latin1 = fc.array(fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) }, { weight: 2, arbitrary: fc.integer({ min: 0x80, max: 0xff }) }), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes))
const visible = latin1.map((text) => text.trim())

const piece = fc.oneof(
  fc.constantFrom('', '.', '..', '%2e%2e', '%2F', '%2f', '%5c', '\\', '%00', '%', '%zz', '%ff', '%c3%bc', '%E2%82%AC', '%252e', '+', ';a=b', '~', '1', '0x10', '-1', '1e3', '9'.repeat(30), 'a.b', 'any', 'hosted', 'versioned', 'é', 'x'.repeat(250), ...names),
  fc.string({ maxLength: 5 }).map(encode),
  visible.map((text) => text.replace(/[ ?#]/g, ''))
)
const pieces = fc.array(piece, { maxLength: 4 }).map((all) => all.join('/'))
const bases = ['/echo/', '/param/', '/param/a/', '/number/', '/perhaps/', '/files/', '/__proto__/', '/valid/', '/parsed/', '/parsed/any/', '/stream', '/nothing/', '/', '', '//echo/', '/ECHO/']
const value = fc.oneof(fc.constantFrom('1', 'x', '', '%', '%ff', '%00', '[object Object]', '1,2', 'a&b', '%26', 'true', 'null'), visible.map((text) => text.replace(/[ #]/g, '')), fc.string({ maxLength: 5 }).map(encode))
const pair = fc.tuple(fc.oneof(name.map(encode), fc.constantFrom('a[]', 'a[b]', 'a.b', 'n', '__proto__[a]', 'constructor.prototype')), value, fc.constantFrom('=', '=', '=', '==', ''))
const query = fc.array(pair, { maxLength: 5 }).chain((pairs) => fc.constantFrom('?', '?n=1&', '', '??', '?&').map((mark) => pairs.length === 0 && mark === '' ? '' : `${mark || '?'}${pairs.map(([key, text, sign]) => `${key}${sign}${text}`).join('&')}`))
const target = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.constantFrom(...bases), pieces, query).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.constantFrom('*', 'http://a.test/echo/absolute', 'http://b.test:80/echo/x?n=1', 'https://user:word@a.test/echo/', '/echo/#fragment', '/echo/?', 'echo', '?', '') }
)

const method = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS') },
  { weight: 1, arbitrary: fc.constantFrom('QUERY', 'TRACE', 'SEARCH', 'PROPFIND', 'M-SEARCH', 'LOCK', 'get', 'FOO', 'G\0ET', 'PRI', '') }
)

const mediaType = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'application/x-json', 'text/plain', 'text/plain; charset=latin1', 'application/x-www-form-urlencoded', 'application/x-bytes', 'application/x-stream', 'multipart/form-data; boundary=b') },
  { weight: 1, arbitrary: fc.constantFrom('', '/', ';', 'application/', 'application/json;', 'application/jsonx', 'APPLICATION/JSON', 'application/json, text/plain', 'text/html', '__proto__', 'constructor', 'multipart/form-data', 'application/json; charset=\xff', 'image/*') },
  { weight: 1, arbitrary: visible }
)
const address = fc.constantFrom('1.2.3.4', '::1', '1.2.3.4, 5.6.7.8', ',', 'unknown', '1.2.3.4:80', '__proto__', '\xff', '')
const header = fc.oneof(
  fc.tuple(fc.constantFrom('x-mark', 'x-count', 'accept', 'accept-encoding', 'accept-version', 'authorization', 'user-agent', 'referer', 'if-none-match', 'range', 'te', 'upgrade', 'via', 'x-http-method-override', 'priority'), fc.oneof(visible, fc.constantFrom('1', '10', '1.2.0', '1.x', '*', '', 'h2c', 'gzip'))),
  fc.tuple(fc.constantFrom('__proto__', 'constructor', 'prototype', 'tojson', 'then', 'hasownproperty', 'set-cookie', 'length', '0'), visible),
  fc.tuple(fc.constant('cookie'), fc.array(fc.tuple(name.map(encode), value), { maxLength: 4 }).map((all) => all.map(([key, text]) => `${key}=${text}`).join('; '))),
  fc.tuple(fc.constantFrom('x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'host'), fc.oneof(address, fc.constantFrom('a.test', 'https', 'a.test, b.test', '[::1]:3000', 'a.test:99999', '@', '.'))),
  fc.tuple(fc.constantFrom('connection', 'expect', 'keep-alive', 'proxy-connection'), fc.constantFrom('close', 'keep-alive', 'upgrade', '100-continue', 'x', ''))
)
const oddHeader = fc.tuple(fc.constantFrom('content-length', 'transfer-encoding', 'content-encoding', 'a b', 'é', '', ' x', 'x\0'), fc.constantFrom('0', '1', '-1', '+5', '5, 5', '99999999999999999999', '0x5', 'chunked', 'gzip', 'chunked, identity', 'identity', 'a\rb', 'a\0b', '\x7f', 'a\n folded'))

const poison = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, true, 0, -0, 1e21, 'text', '\u20ac', '\ud800', '__proto__', ''), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((entries) => ({ entries }))
})).value
const json = fc.oneof({ weight: 3, arbitrary: fc.jsonValue().map((data) => JSON.stringify(data)) }, { weight: 4, arbitrary: poison.map(print) })
const form = fc.array(fc.tuple(name, fc.option(visible, { nil: undefined }), latin1, mediaType), { maxLength: 3 }).map((all) => [
  ...all.map(([key, file, content, type]) => `--b\r\ncontent-disposition: form-data; name="${key}"${file === undefined ? '' : `; filename="${file}"\r\ncontent-type: ${type}`}\r\n\r\n${content}\r\n`), '--b--\r\n'
].join(''))
const content = fc.oneof(
  { weight: 4, arbitrary: json.map((text) => Buffer.from(text).toString('latin1')) },
  { weight: 1, arbitrary: json.map((text) => text.slice(0, -1)) },
  latin1,
  fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.map(([key, text]) => `${key}=${text}`).join('&')),
  form,
  form.map((text) => text.slice(0, -4)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom('', '[', '"', 'x'.repeat(19_990), 'x'.repeat(21_000), '['.repeat(500) + ']'.repeat(500), '\xef\xbb\xbf{}', '{"a":1}{"a":2}')
)
/** How the length of the body is told. */
const framing = fc.oneof({ weight: 8, arbitrary: fc.constant('length') }, { weight: 3, arbitrary: fc.constant('chunked') }, { weight: 1, arbitrary: fc.constantFrom('none', 'more', 'less', 'both', 'twice', 'bad chunks') })

const wellKnown = fc.constantFrom('/echo/x', '/valid/1?n=1', '/valid/1', '/parsed/1?n=1', '/parsed/x?n=1', '/parsed/any/x', '/redirect', '/header', '/header?name=a%0d%0ab', '/cookie', '/missing', '/form', '/stream')
const post = fc.record({ method: fc.constantFrom('POST', 'POST', 'POST', 'PUT'), target: wellKnown, version: fc.constant('1.1'), headers: fc.array(header, { maxLength: 2 }), type: mediaType, content, framing })
const any = fc.record({
  method,
  target,
  version: fc.oneof({ weight: 15, arbitrary: fc.constant('1.1') }, { weight: 2, arbitrary: fc.constant('1.0') }, { weight: 1, arbitrary: fc.constantFrom('0.9', '2.0', '1.2', 'x') }),
  headers: fc.array(fc.oneof({ weight: 20, arbitrary: header }, { weight: 1, arbitrary: oddHeader }), { maxLength: 5 }),
  type: fc.option(mediaType, { nil: undefined, freq: 2 }),
  content: fc.option(content, { nil: undefined, freq: 2 }),
  framing
})
const request = fc.oneof(post, any).map(write)

const damage = fc.tuple(fc.nat(), fc.constantFrom('\r', '\n', '\r\n', '\0', ' ', ':', '\xff', 'A', '0', '\t', '%', ''), fc.nat(2))

/** What is sent on one connection: requests after another without waiting for answers, some of them damaged; the last one should be answered in any case. */
export const sent = fc.tuple(fc.array(request, { minLength: 1, maxLength: 3 }), fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(damage, { minLength: 1, maxLength: 3 }) }))
  .map(([requests, damages]) => {
    const text = damages.reduce((whole, [at, character, length]) => {
      const place = at % (whole.length + 1)
      return whole.slice(0, place) + character + whole.slice(place + length)
    }, requests.join(''))
    return text + 'GET /echo/last HTTP/1.1\r\nhost: last.test\r\nx-mark: last\r\n\r\n'
  })

function encode (text) {
  return encodeURIComponent(text.toWellFormed())
}

/** Like JSON.stringify, but with names that an object literal would take for its prototype, and names twice. */
function print (data) {
  if (Array.isArray(data)) return `[${data.map(print).join(',')}]`
  if (typeof data !== 'object' || data === null) return JSON.stringify(data)
  return `{${data.entries.map(([key, item]) => `${JSON.stringify(key)}:${print(item)}`).join(',')}}`
}

function write ({ method, target, version, headers, type, content, framing }) {
  const lines = headers.map(([key, text]) => `${key}: ${text}`)
  if (!headers.some(([key]) => key === 'host')) lines.unshift('host: app.test')
  if (type !== undefined) lines.push(`content-type: ${type}`)
  let body = content ?? ''
  if (content !== undefined) {
    const { length } = content
    if (framing === 'length' || framing === 'both' || framing === 'twice') lines.push(`content-length: ${length}`)
    if (framing === 'twice') lines.push(`content-length: ${length + 1}`)
    if (framing === 'more') lines.push(`content-length: ${length + 7}`)
    if (framing === 'less') lines.push(`content-length: ${Math.max(0, length - 3)}`)
    if (framing === 'chunked' || framing === 'both' || framing === 'bad chunks') lines.push('transfer-encoding: chunked')
    if (framing === 'chunked' || framing === 'both') body = chunk(content)
    if (framing === 'bad chunks') body = `${chunk(content).replace('\r\n', ';x="\r')}`
  }
  return `${method} ${target} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

function chunk (content) {
  const half = Math.ceil(content.length / 2)
  return [content.slice(0, half), content.slice(half)].filter((part) => part !== '').map((part) => `${part.length.toString(16)};a=b\r\n${part}\r\n`).join('') + '0\r\nx-trailer: t\r\n\r\n'
}
