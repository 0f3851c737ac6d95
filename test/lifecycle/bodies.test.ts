import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type Case, compare } from './compare.js'
import { build } from './apps/bodies.js'

const bytes = (length: number): Buffer => Buffer.alloc(length, 'body €')
const sent = (title: string, path: string, type: string, body: string | Uint8Array, more: Partial<Case> = {}): Case =>
  ({ title, path, method: 'POST', headers: { 'content-type': type }, body, ...more })

t.test('bodies that are streams', (t) => compare(t, build, [
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

t.test('multipart', (t) => compare(t, build, [
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
const parsed = (title: string, path: string, body: string | Uint8Array, more: Partial<Case> = {}): Case => sent(title, `/parsed/${path}`, json, body, more)
const large = JSON.stringify({ name: 'x'.repeat(900_000) })

t.test('bodies that the worker parses', (t) => compare(t, build, [
  parsed('JSON', 'any', '{"a":[1,null,"ü"]}', { headers: { 'content-type': json, 'x-user': 'me' } }),
  parsed('JSON of 900 kB', 'any', large),
  parsed('of a PUT', 'any', '{"a":1}', { method: 'PUT' }),
  parsed('of a DELETE', 'any', '{"a":1}', { method: 'DELETE' }),
  { title: 'no body', path: '/parsed/any', method: 'POST' },
  { title: 'no body of a DELETE', path: '/parsed/any', method: 'DELETE' },
  { title: 'a GET', path: '/parsed/any' },
  { title: 'a HEAD', path: '/parsed/any', method: 'HEAD' },
  sent('a GET with a body', '/parsed/any', json, '{}', { method: 'GET' }),
  parsed('a body of no length', 'any', '', { status: 400 }),
  parsed('broken JSON', 'any', '{"a":', { status: 400 }),
  parsed('a prototype in JSON', 'any', '{"__proto__":{"a":1}}', { status: 400 }),
  sent('text', '/parsed/any', 'text/plain', 'plain €'),
  sent('a pattern', '/parsed/any', 'text/x-own', 'own'),
  sent('bytes', '/parsed/any', 'application/x-bytes', bytes(30)),
  sent('what a parser has collected', '/parsed/any', 'application/x-collected', bytes(3_000)),
  sent('what a parser hands on', '/parsed/read', 'application/x-stream', bytes(300_000)),
  sent('a parser that fails', '/parsed/any', 'application/x-broken', bytes(10), { status: 422 }),
  sent('a type without a parser', '/parsed/any', 'application/x-unknown', 'x', { status: 415 }),
  sent('a type that is none', '/parsed/any', '/;', 'x', { status: 415 }),
  { title: 'no type', path: '/parsed/any', method: 'POST', body: 'x', status: 415 },
  sent('the limit of a parser', '/parsed/any', 'application/x-small', bytes(11), { status: 413 }),
  parsed('more than the limit of the server', 'any', JSON.stringify({ name: 'x'.repeat(1_000_001) }), { status: 413 }),
  parsed('more than the limit of the route', 'limited', '{"name":"xxxxxxxxxxxxxxxxxxx"}', { status: 413 }),
  parsed('less than the limit of the route', 'limited', '{"name":"x"}'),
  parsed('a valid body', 'valid/1?page=2', '{"name":"n","age":"3"}', { headers: { 'content-type': json, 'x-count': '7' } }),
  parsed('an invalid body', 'valid/1', '{"age":3}', { status: 400 }),
  parsed('another invalid body', 'valid/1', '{"name":"n","age":"x"}', { status: 400 }),
  { title: 'no body where one is required', path: '/parsed/valid/1', method: 'POST', status: 400 },
  parsed('invalid params', 'valid/x', '{"name":"n"}', { status: 400, visits: 0 }),
  parsed('an invalid query', 'valid/1?page=x', '{"name":"n"}', { status: 400, visits: 0 }),
  parsed('an invalid header', 'valid/1', '{"name":"n"}', { headers: { 'content-type': json, 'x-count': 'x' }, status: 400, visits: 0 }),
  ...['{"name":"n"}', '{"age":"x"}'].flatMap((body) => ['1', 'x', '1?page=x', 'x?page=x'].map((path) => parsed(`${path} ${body}, attached`, `attached/${path}`, body))),
  parsed('by type', 'by-type', '{"name":"n"}'),
  parsed('by type, invalid', 'by-type', '{"age":1}', { status: 400 }),
  sent('by another type, invalid', '/parsed/by-type', 'text/plain', 'long', { status: 400 }),
  parsed('a formatted error', 'formatted', '{"age":"x"}', { status: 400 }),
  parsed('a compiler of the route', 'compiled?a=b', '{"name":"n"}'),
  parsed('a compiler of the route that refuses', 'compiled', '{"refuse":true}', { status: 400 }),
  parsed('an error handler of the route', 'own-handler', '{"age":"x"}', { status: 400, headers: { 'content-type': json, 'x-user': 'me' } }),
  parsed('an error handler of the route, of a body that cannot be parsed', 'own-handler', '{', { status: 400 }),
  sent('decoded by a hook', '/parsed/decoded', json, gzipSync('{"decoded":true}')),
  sent('decoded by a hook, larger than allowed', '/parsed/decoded', json, gzipSync(`"${'x'.repeat(1_000_001)}"`), { status: 413 }),
  sent('decoded by a hook that does not count', '/parsed/miscounted', json, gzipSync('{"decoded":true}'), { status: 400 }),
  sent('what a hook cannot decode', '/parsed/decoded', json, bytes(1_000), { status: 400 }),
  sent('half of what a hook can decode', '/parsed/decoded', json, gzipSync(large).subarray(0, 200), { status: 400 }),
  parsed('with a hook that reads the headers', 'hooked', '{}'),
  parsed('that a hook refuses', 'refused', '{}', { status: 401, visits: 0 })
]))
