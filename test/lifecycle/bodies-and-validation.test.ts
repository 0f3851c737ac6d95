import { gzipSync } from 'node:zlib'
import t from 'tap'
import * as bodies from './apps/bodies.js'
import * as poisoned from './apps/poisoned-bodies.js'
import * as validation from './apps/validation.js'
import { type Case, compare, serveBoth } from './compare.js'

const both = await serveBoth(t, bodies.build)

const bytes = (length: number): Buffer => Buffer.alloc(length, 'body €')
const sent = (title: string, path: string, type: string, body: string | Uint8Array, more: Partial<Case> = {}): Case =>
  ({ title, path, method: 'POST', headers: { 'content-type': type }, body, ...more })

t.test('bodies that are streams', (t) => compare(t, both, [
  ...['/read', '/raw', '/listened', '/piped'].flatMap((path) => [0, 1, 20, 70_000, 3_000_000].map((length) =>
    sent(`${length} bytes to ${path}`, path, 'application/x-stream', bytes(length)))),
  sent('by an async parser', '/read', 'application/x-async', bytes(100_000)),
  sent('decoded by the parser', '/read', 'application/x-gunzip', gzipSync(bytes(2_000_000))),
  sent('that a parser has made texts of', '/pulled', 'application/x-wrapped', bytes(200_000)),
  sent('that no parser has read', '/raw', 'application/x-nothing', bytes(200_000)),
  sent('of a GET', '/raw', 'text/plain', bytes(2_000), { method: 'GET' }),
  sent('that is a broken gzip', '/listened', 'application/x-gunzip', bytes(1_000), { status: 400 }),
  sent('that is half a gzip', '/read', 'application/x-gunzip', gzipSync(bytes(100_000)).subarray(0, 50), { status: 500 }),
  sent('read half', '/half', 'application/x-stream', bytes(100)),
  sent('not read', '/unread', 'application/x-stream', bytes(3_000)),
  sent('for which a hook has put something else', '/set', 'application/x-stream', bytes(3_000)),
  sent('of which the handler has had enough', '/throws', 'application/x-stream', bytes(100), { status: 418 }),
  sent('and one that is data, after them', '/set', 'application/json', '{"a":1}')
]))

const boundary = 'xxBOUNDARYxx'
const type = `multipart/form-data; boundary=${boundary}`
const file = (name: string, content: string | Buffer, filename = `${name}.txt`): Buffer => Buffer.concat([
  Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${filename}"\r\ncontent-type: text/x\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')
])
const field = (name: string, value: string): Buffer => Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
const form = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])

t.test('multipart', (t) => compare(t, both, [
  ...['file', 'buffer', 'files', 'parts', 'limited', 'saved', 'is', 'parsed'].map((path) =>
    sent(`a file and fields to ${path}`, `/multipart/${path}`, type, form(field('one', '1'), file('a', bytes(200_000)), field('two', 'ü')))),
  sent('two files', '/multipart/files', type, form(file('a', bytes(100_000)), file('b', bytes(250_000)))),
  sent('two files to be saved', '/multipart/saved', type, form(file('a', bytes(100_000)), file('b', bytes(250_000)))),
  sent('no file', '/multipart/parts', type, form(field('one', '1'))),
  sent('an empty form', '/multipart/parts', type, form()),
  sent('nothing', '/multipart/parts', type, ''),
  sent('a body of no length', '/multipart/is', type, ''),
  ...['buffer', 'files', 'parts', 'saved'].map((path) =>
    sent(`a file that is too large to ${path}`, `/multipart/${path}`, type, form(file('a', bytes(400_000))), { status: 413 })),
  sent('too many files', '/multipart/files', type, form(file('a', 'a'), file('b', 'b'), file('c', 'c')), { status: 413 }),
  sent('too many files to be saved', '/multipart/saved', type, form(file('a', 'a'), file('b', 'b'), file('c', 'c')), { status: 413 }),
  sent('too many fields', '/multipart/parts', type, form(...['a', 'b', 'c', 'd'].map((name) => field(name, name))), { status: 413 }),
  sent('a name of a prototype', '/multipart/parts', type, form(field('toString', 'x')), { status: 400 }),
  sent('a truncated form', '/multipart/parts', type, form(file('a', bytes(2_000))).subarray(0, 1_500), { status: 500 }),
  sent('a truncated form to be saved', '/multipart/saved', type, form(file('a', bytes(2_000))).subarray(0, 1_500), { status: 500 }),
  sent('no form at all', '/multipart/parts', type, bytes(2_000), { status: 500 }),
  sent('no boundary', '/multipart/parts', 'multipart/form-data', form(field('one', '1')), { status: 500 }),
  sent('what is not multipart', '/multipart/file', 'application/json', '{}', { status: 406 }),
  sent('what is not multipart, to a route that parses', '/multipart/parsed', 'application/json', '{}', { status: 406 })
]))

const json = 'application/json'
const large = JSON.stringify({ name: 'x'.repeat(900_000) })

/** Where a request fails: in the head, by its length, as its bytes are read, by its type or a parser of the app's, as it is parsed or validated. */
type Failing = 'head' | 'length' | 'reading' | 'type' | 'parsing' | 'absent'

/** Where the requests of a route fail in a worker, so that they visit one: by what its option `parse` is. */
const failingInWorker: Record<string, readonly Failing[]> = {
  '/parsed': ['length', 'reading', 'type', 'parsing', 'absent'],
  '/deferred': ['length', 'type', 'parsing', 'absent'],
  '/collected': ['head', 'parsing'],
  '/unparsed': []
}

/** What is sent to the routes below a prefix, see addParsedRoutes(). */
function parsedBelow (prefix: string): Case[] {
  const fails = (at: Failing, status = 400) => ({ status, visits: failingInWorker[prefix]!.includes(at) ? 1 : 0 })
  const refusedByHook = { status: 401, visits: 0 }
  const parsed = (title: string, path: string, body: string | Uint8Array, more: Partial<Case> = {}): Case =>
    sent(title, `${prefix}/${path}`, json, body, more)
  return [
    parsed('JSON', 'any', '{"a":[1,null,"ü"]}', { headers: { 'content-type': json, 'x-user': 'me' } }),
    parsed('JSON of 900 kB', 'any', large),
    parsed('of a PUT', 'any', '{"a":1}', { method: 'PUT' }),
    parsed('of a DELETE', 'any', '{"a":1}', { method: 'DELETE' }),
    { title: 'no body', path: `${prefix}/any`, method: 'POST' },
    { title: 'no body of a DELETE', path: `${prefix}/any`, method: 'DELETE' },
    { title: 'a GET', path: `${prefix}/any` },
    { title: 'a HEAD', path: `${prefix}/any`, method: 'HEAD' },
    sent('a GET with a body', `${prefix}/any`, json, '{}', { method: 'GET' }),
    parsed('a body of no length', 'any', '', fails('parsing')),
    parsed('broken JSON', 'any', '{"a":', fails('parsing')),
    parsed('a prototype in JSON', 'any', '{"__proto__":{"a":1}}', fails('parsing')),
    sent('text', `${prefix}/any`, 'text/plain', 'plain €'),
    sent('a pattern', `${prefix}/any`, 'text/x-own', 'own'),
    sent('bytes', `${prefix}/any`, 'application/x-bytes', bytes(30)),
    sent('what a parser has collected', `${prefix}/any`, 'application/x-collected', bytes(3_000)),
    sent('what a parser hands on', `${prefix}/read`, 'application/x-stream', bytes(300_000)),
    sent('a parser that fails', `${prefix}/any`, 'application/x-broken', bytes(10), fails('type', 422)),
    sent('a type without a parser', `${prefix}/any`, 'application/x-unknown', 'x', fails('type', 415)),
    sent('a type that is none', `${prefix}/any`, '/;', 'x', fails('type', 415)),
    { title: 'no type', path: `${prefix}/any`, method: 'POST', body: 'x', ...fails('type', 415) },
    sent('the limit of a parser', `${prefix}/any`, 'application/x-small', bytes(11), fails('type', 413)),
    parsed('more than the limit of the server', 'any', JSON.stringify({ name: 'x'.repeat(1_000_001) }), fails('length', 413)),
    parsed('more than the limit of the route', 'limited', '{"name":"xxxxxxxxxxxxxxxxxxx"}', fails('length', 413)),
    parsed('less than the limit of the route', 'limited', '{"name":"x"}'),
    parsed('a valid body', 'valid/1?page=2', '{"name":"n","age":"3"}', { headers: { 'content-type': json, 'x-count': '7' } }),
    parsed('an invalid body', 'valid/1', '{"age":3}', fails('parsing')),
    parsed('another invalid body', 'valid/1', '{"name":"n","age":"x"}', fails('parsing')),
    { title: 'no body where one is required', path: `${prefix}/valid/1`, method: 'POST', ...fails('absent') },
    parsed('invalid params', 'valid/x', '{"name":"n"}', fails('head')),
    parsed('an invalid query', 'valid/1?page=x', '{"name":"n"}', fails('head')),
    parsed('an invalid header', 'valid/1', '{"name":"n"}', { headers: { 'content-type': json, 'x-count': 'x' }, ...fails('head') }),
    ...['{"name":"n"}', '{"age":"x"}'].flatMap((body) => ['1', 'x', '1?page=x', 'x?page=x'].map((path) => parsed(`${path} ${body}, attached`, `attached/${path}`, body))),
    parsed('an asynchronous validator', 'asynchronous', '{"name":"n","age":3}'),
    parsed('an asynchronous validator that refuses', 'asynchronous', '{}', fails('parsing')),
    parsed('a charset', 'any', '"ü"', { headers: { 'content-type': 'application/json; charset=utf-8' } }),
    parsed('another charset', 'any', '"ü"', { headers: { 'content-type': 'application/json;charset="latin1"' } }),
    parsed('a charset that is none', 'any', '"ü"', { headers: { 'content-type': 'application/json; charset' } }),
    parsed('a byte order mark', 'any', '\uFEFF{"a":1}'),
    parsed('bytes that are no UTF-8', 'any', Buffer.from([0x22, 0xff, 0xfe, 0x22])),
    parsed('a constructor in JSON', 'any', '{"constructor":{"prototype":{"a":1}}}', fails('parsing')),
    parsed('by type', 'by-type', '{"name":"n"}'),
    parsed('by type, invalid', 'by-type', '{"age":1}', fails('parsing')),
    sent('by another type, invalid', `${prefix}/by-type`, 'text/plain', 'long', fails('parsing')),
    parsed('a formatted error', 'formatted', '{"age":"x"}', fails('parsing')),
    parsed('a compiler of the route', 'compiled?a=b', '{"name":"n"}'),
    parsed('a compiler of the route that refuses', 'compiled', '{"refuse":true}', fails('parsing')),
    parsed('an error handler of the route', 'own-handler', '{"age":"x"}', { ...fails('parsing'), headers: { 'content-type': json, 'x-user': 'me' } }),
    parsed('an error handler of the route, of a body that cannot be parsed', 'own-handler', '{', fails('parsing')),
    sent('decoded by a hook', `${prefix}/decoded`, json, gzipSync('{"decoded":true}')),
    sent('decoded by a hook, larger than allowed', `${prefix}/decoded`, json, gzipSync(`"${'x'.repeat(1_000_001)}"`), fails('reading', 413)),
    sent('decoded by a hook that does not count', `${prefix}/miscounted`, json, gzipSync('{"decoded":true}'), fails('reading')),
    sent('what a hook cannot decode', `${prefix}/decoded`, json, bytes(1_000), fails('reading')),
    sent('half of what a hook can decode', `${prefix}/decoded`, json, gzipSync(large).subarray(0, 200), fails('reading')),
    parsed('with a hook that reads the headers', 'hooked', '{}'),
    parsed('that a hook refuses', 'refused', '{}', refusedByHook)
  ]
}

t.test('bodies that the worker reads and parses', (t) => compare(t, both, parsedBelow('/parsed')))
t.test('bodies that the loop reads, and the worker parses after all hooks', (t) => compare(t, both, parsedBelow('/deferred')))
t.test('bodies that the loop reads, and the worker parses', (t) => compare(t, both, parsedBelow('/collected')))
t.test('bodies that the loop parses', (t) => compare(t, both, parsedBelow('/unparsed')))

const parts = { params: ['1', 'x'], query: ['', '?page=x'], body: ['{"name":"n","age":"3"}', '{"age":"x"}', '{'], headers: ['1', 'x'] }
const mixtures = parts.params.flatMap((params) => parts.query.flatMap((query) => parts.body.flatMap((body) => parts.headers.map((count) => ({ params, query, body, count })))))

for (const prefix of ['/collected', '/unparsed']) {
  t.test(`of several parts that are invalid the answer is about the same one: ${prefix}`, (t) => compare(t, both, ['valid', 'attached-whole', 'own-handler'].flatMap((route) =>
    mixtures.map(({ params, query, body, count }): Case => ({
      title: `${route}: params ${params}, query ${query}, body ${body}, header ${count}`,
      path: `${prefix}/${route}${route === 'own-handler' ? '' : `/${params}`}${query}`,
      method: 'POST',
      headers: { 'content-type': json, 'x-count': count },
      body,
      status: 'any',
      visits: 'any'
    })))))

  t.test(`each part is validated by its own compiler: ${prefix}`, (t) => compare(t, both, ['body', 'querystring', 'headers', 'none'].map((part): Case => ({
    title: part,
    path: `${prefix}/by-part${part === 'querystring' ? '?querystring=wrong' : ''}`,
    method: 'POST',
    headers: { 'content-type': json, ...(part === 'headers' && { headers: 'wrong' }) },
    body: part === 'body' ? '{"body":"wrong"}' : '{"a":1}',
    status: 'any',
    visits: 'any'
  }))))

  t.test(`hooks see the body as on the loop, and what they do to it counts: ${prefix}`, (t) => compare(t, both, [
    ...['sent', 'passed', 'watched', 'touched', 'replaced', 'prevalidated'].flatMap((route) => ['{"name":"n","age":"3"}', '{"name":"n","other":1}', JSON.stringify({ name: 'x'.repeat(50_000), age: '3', other: 1 })].map((body) =>
      sent(`${route} ${body.slice(0, 40)}`, `${prefix}/${route}/1?page=2`, json, body))),
    sent('what the handler changes in the body', `${prefix}/sent/1?change=1`, json, '{"name":"n"}'),
    sent('another body of the handler', `${prefix}/sent/1?replace=1`, json, '{"name":"n"}'),
    sent('an invalid body', `${prefix}/sent/1`, json, '{"age":1}', { status: 400, visits: 'any' }),
    sent('a body that cannot be parsed', `${prefix}/sent/1`, json, '{', { status: 400, visits: 'any' }),
    sent('a body whose params are invalid', `${prefix}/sent/x`, json, '{"name":"n","age":"3"}', { status: 400, visits: 'any' }),
    sent('no route behind it', `${prefix}/missing`, json, '{"name":"n","age":"3"}', { status: 404 }),
    ...['1', 'x'].flatMap((id) => ['{"name":"n","age":"3","more":1}', '{"age":"x"}'].map((body) =>
      sent(`attached, ${id} ${body}`, `${prefix}/attached/sent/${id}`, json, body))),
    ...['1', 'x'].map((id) => sent(`what a hook changes where validation is attached, ${id}`, `${prefix}/attached/touched/${id}`, json, JSON.stringify({ name: 'x'.repeat(50_000) }))),
    sent('a validator that throws', `${prefix}/throwing`, json, '{"a":1}'),
    ...['encoded', 'encoded/passed', 'counted', 'counted/passed'].flatMap((route) => [10, 60_000].map((length) =>
      sent(`${route}, ${length} bytes`, `${prefix}/${route}`, json, JSON.stringify(['ü'.repeat(length)])))),
    sent('a type that a hook has changed after it was read', `${prefix}/retyped`, 'text/csv', '{"a":1}', { status: 415, visits: 0 }),
    ...['{}', '1e3', '{"a":1}'].map((body) => sent(`another length, ${body}`, `${prefix}/shortened`, json, body, { status: 'any', visits: 'any' })),
    sent('a method without bodies', `${prefix}/locked`, json, '{"a":"longer than allowed"}', { method: 'LOCK' }),
    sent('an error of the handler', `${prefix}/throws`, json, '{"name":"n"}', { status: 418 }),
    sent('a text', `${prefix}/throws`, 'text/plain', 'text', { status: 418 }),
    sent('a body of 200 kB', `${prefix}/throws`, json, JSON.stringify(['x'.repeat(200_000)]), { status: 418 })
  ]))
}

for (const action of ['remove', 'ignore', 'error']) {
  t.test(`names of prototypes in a body: ${action}`, (t) => compare(t, (options) => poisoned.build({ ...options, action }), ['/any', '/seen'].flatMap((path) => [
    '{"__proto__":{"a":1},"b":2}', '{"constructor":{"prototype":{"a":1}},"b":2}', '{"\\u005f_proto__":{"a":1}}', '{"b":{"__proto__":1}}'
  ].map((body) => sent(`${path} ${body}`, path, json, body, { status: 'any', visits: 'any' })))))
}

const validating = await serveBoth(t, validation.build)
const sending = (path: string, type: string | undefined, body: string | Uint8Array = '', method = 'POST') =>
  ({ path, method, body, headers: type === undefined ? {} : { 'content-type': type } })
const asJson = (path: string, body: unknown, method = 'POST') => sending(path, 'application/json', JSON.stringify(body), method)
const refused = { status: 400, visits: 0 }

const inputs: Case[] = [
  { title: 'query, params and headers are coerced', path: '/coerced/7?page=2&tags=a&exact=true&nothing=', headers: { 'x-count': '3' } },
  { title: 'query and headers have defaults', path: '/coerced/7' },
  { title: 'a query that does not fit', path: '/coerced/7?page=x', ...refused },
  { title: 'params that do not fit', path: '/coerced/x', ...refused },
  { title: 'headers that do not fit', path: '/coerced/7', headers: { 'x-count': 'many' }, ...refused },
  { title: 'a body that fits', ...asJson('/body', { name: 'Ann', age: '7', other: 'removed' }) },
  { title: 'a body that does not fit', ...asJson('/body', { age: -1 }), status: 400 },
  { title: 'a body that fits a shared schema', ...asJson('/shared', { name: 'Ann' }) },
  { title: 'no body where one is due', path: '/body', method: 'POST', ...refused },
  { title: 'attached: everything fits', ...asJson('/attached/7', { name: 'Ann' }) },
  { title: 'attached: the body does not fit', ...asJson('/attached/7', { age: 'x' }) },
  { title: 'attached: the params do not fit', ...asJson('/attached/x', { name: 'Ann' }) },
  { title: 'what preValidation adds is validated', ...asJson('/prevalidated', {}) },
  { title: 'what preParsing changes is parsed', ...asJson('/preparsed', { where: 'loop' }) },
  { title: 'a schema error formatter of the route', path: '/formatted?page=x', ...refused },
  { title: 'an error handler sees what does not fit', ...asJson('/handled/body', {}), status: 400 },
  { title: 'a handler that validates itself, and finds it right', ...asJson('/handled/in-handler', { name: 'Ann' }) },
  { title: 'a handler that validates itself, and finds it wrong', ...asJson('/handled/in-handler', { age: -1 }), status: 400 },
  { title: 'what a request can validate itself', path: '/validate' },
  { title: 'a validator compiler', path: '/compilers/compiled?a=1' },
  { title: 'a validator compiler that refuses', path: '/compilers/refused?a=1', ...refused },
  { title: 'compilers of the route', path: '/compilers/own?a=1' }
]

const parsedBodies: Case[] = [
  { title: 'JSON', ...asJson('/any', { a: [1, { b: null }], text: 'ä€😀' }) },
  { title: 'JSON by PUT', ...asJson('/any', [1, 2], 'PUT') },
  { title: 'JSON by DELETE', ...asJson('/any', { a: 1 }, 'DELETE') },
  { title: 'JSON that is a text', ...asJson('/any', 'text') },
  { title: 'JSON that is null', ...asJson('/any', null) },
  { title: 'JSON that is a number', ...asJson('/any', 0) },
  { title: 'JSON of 200 kB', ...asJson('/any', Array.from({ length: 10_000 }, (_, id) => ({ id }))) },
  { title: 'JSON with a key of prototypes', ...sending('/any', 'application/json', '{"__proto__":{"a":1}}'), status: 400 },
  { title: 'JSON that is cut off', ...sending('/any', 'application/json', '{"a":'), status: 400 },
  { title: 'empty JSON', ...sending('/any', 'application/json'), status: 400 },
  { title: 'a text', ...sending('/any', 'text/plain', 'just ä text') },
  { title: 'an empty text', ...sending('/any', 'text/plain') },
  { title: 'no body and no type', path: '/any', method: 'POST' },
  { title: 'no body by DELETE', path: '/any', method: 'DELETE' },
  { title: 'GET', path: '/any' },
  { title: 'a type that nobody parses', ...sending('/any', 'application/x-unknown', 'a'), status: 415, visits: 0 },
  { title: 'a form', ...sending('/any', 'application/x-www-form-urlencoded', 'a=1&b=%C3%A4') },
  { title: 'a parser by pattern', ...sending('/any', 'text/x-anything', 'body') },
  { title: 'a parser that reads the stream', ...sending('/any', 'application/x-collected', 'a'.repeat(100_000)) },
  { title: 'a parser that throws', ...sending('/any', 'application/x-broken', 'a'), status: 415, visits: 0 },
  { title: 'a parser that gives null', ...sending('/any', 'application/x-null', 'a') },
  { title: 'bytes', ...sending('/bytes', 'application/octet-stream', Buffer.from([0, 1, 254, 255])) },
  { title: 'a part of bytes', ...sending('/bytes', 'application/x-part', Buffer.from('abcdef')) },
  { title: 'bytes that are sent back', ...sending('/bytes/back', 'application/octet-stream', Buffer.alloc(200_000, 'xyz')) },
  { title: 'a date', ...sending('/date', 'application/x-date', '2020-01-01') },
  { title: 'a map of sets', ...sending('/map', 'application/x-map', 'key') }
]

const outputs: Case[] = [
  ...[200, 201, 202, 404, 500].flatMap((status): Case[] => [
    { title: `a response schema for ${status}`, path: `/response/${status}`, status: status === 201 ? 500 : status },
    { title: `an error with ${status} and response schemas`, path: `/response/thrown/${status}`, status: 'any' }
  ]),
  ...['application/json', 'application/vnd.v1+json', 'application/vnd.v2+json', 'text/plain'].map((type): Case => (
    { title: `a response schema by type, for ${type}`, path: `/response/type/${encodeURIComponent(type)}`, status: 'any' })),
  { title: 'a reply serializer of the context', path: '/serializer' },
  { title: 'a reply serializer of the context over a schema', path: '/serializer/schema' },
  { title: 'a reply serializer of the context and a text', path: '/serializer/text' },
  { title: 'a reply serializer of the context and an error', path: '/serializer/error', status: 500 },
  { title: 'a reply serializer that the handler calls', path: '/serializer/itself' },
  { title: 'a serializer of the reply over that of the context', path: '/serializer/over' }
]

t.test('what is validated and coerced reaches the handler alike', async (t) => {
  await compare(t, validating, inputs)
})

t.test('a body reaches the handler alike', async (t) => {
  await compare(t, validating, parsedBodies)
})

t.test('an answer is serialized alike', async (t) => {
  await compare(t, validating, outputs)
})
