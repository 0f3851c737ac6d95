import t from 'tap'
import { build } from './apps/validation.js'
import { type Case, compare } from './compare.js'

const send = (path: string, type: string | undefined, body: string | Uint8Array = '', method = 'POST') =>
  ({ path, method, body, headers: type === undefined ? {} : { 'content-type': type } })
const json = (path: string, body: unknown, method = 'POST') => send(path, 'application/json', JSON.stringify(body), method)
const refused = { status: 400, visits: 0 }

const inputs: Case[] = [
  { title: 'query, params and headers are coerced', path: '/coerced/7?page=2&tags=a&exact=true&nothing=', headers: { 'x-count': '3' } },
  { title: 'query and headers have defaults', path: '/coerced/7' },
  { title: 'a query that does not fit', path: '/coerced/7?page=x', ...refused },
  { title: 'params that do not fit', path: '/coerced/x', ...refused },
  { title: 'headers that do not fit', path: '/coerced/7', headers: { 'x-count': 'many' }, ...refused },
  { title: 'a body that fits', ...json('/body', { name: 'Ann', age: '7', other: 'removed' }) },
  { title: 'a body that does not fit', ...json('/body', { age: -1 }), ...refused },
  { title: 'a body that fits a shared schema', ...json('/shared', { name: 'Ann' }) },
  { title: 'no body where one is due', path: '/body', method: 'POST', ...refused },
  { title: 'attached: everything fits', ...json('/attached/7', { name: 'Ann' }) },
  { title: 'attached: the body does not fit', ...json('/attached/7', { age: 'x' }) },
  { title: 'attached: the params do not fit', ...json('/attached/x', { name: 'Ann' }) },
  { title: 'what preValidation adds is validated', ...json('/prevalidated', {}) },
  { title: 'what preParsing changes is parsed', ...json('/preparsed', { where: 'loop' }) },
  { title: 'a schema error formatter of the route', path: '/formatted?page=x', ...refused },
  { title: 'an error handler sees what does not fit', ...json('/handled/body', {}), ...refused },
  { title: 'a handler that validates itself, and finds it right', ...json('/handled/in-handler', { name: 'Ann' }) },
  { title: 'a handler that validates itself, and finds it wrong', ...json('/handled/in-handler', { age: -1 }), status: 400 },
  { title: 'what a request can validate itself', path: '/validate' },
  { title: 'a validator compiler', path: '/compilers/compiled?a=1' },
  { title: 'a validator compiler that refuses', path: '/compilers/refused?a=1', ...refused },
  { title: 'compilers of the route', path: '/compilers/own?a=1' }
]

const bodies: Case[] = [
  { title: 'JSON', ...json('/any', { a: [1, { b: null }], text: 'ä€😀' }) },
  { title: 'JSON by PUT', ...json('/any', [1, 2], 'PUT') },
  { title: 'JSON by DELETE', ...json('/any', { a: 1 }, 'DELETE') },
  { title: 'JSON that is a text', ...json('/any', 'text') },
  { title: 'JSON that is null', ...json('/any', null) },
  { title: 'JSON that is a number', ...json('/any', 0) },
  { title: 'JSON of 200 kB', ...json('/any', Array.from({ length: 10_000 }, (_, id) => ({ id }))) },
  { title: 'JSON with a key of prototypes', ...send('/any', 'application/json', '{"__proto__":{"a":1}}'), ...refused },
  { title: 'JSON that is cut off', ...send('/any', 'application/json', '{"a":'), ...refused },
  { title: 'empty JSON', ...send('/any', 'application/json'), ...refused },
  { title: 'a text', ...send('/any', 'text/plain', 'just ä text') },
  { title: 'an empty text', ...send('/any', 'text/plain') },
  { title: 'no body and no type', path: '/any', method: 'POST' },
  { title: 'no body by DELETE', path: '/any', method: 'DELETE' },
  { title: 'GET', path: '/any' },
  { title: 'a type that nobody parses', ...send('/any', 'application/x-unknown', 'a'), status: 415, visits: 0 },
  { title: 'a form', ...send('/any', 'application/x-www-form-urlencoded', 'a=1&b=%C3%A4') },
  { title: 'a parser by pattern', ...send('/any', 'text/x-anything', 'body') },
  { title: 'a parser that reads the stream', ...send('/any', 'application/x-collected', 'a'.repeat(100_000)) },
  { title: 'a parser that throws', ...send('/any', 'application/x-broken', 'a'), status: 415, visits: 0 },
  { title: 'a parser that gives null', ...send('/any', 'application/x-null', 'a') },
  { title: 'bytes', ...send('/bytes', 'application/octet-stream', Buffer.from([0, 1, 254, 255])) },
  { title: 'a part of bytes', ...send('/bytes', 'application/x-part', Buffer.from('abcdef')) },
  { title: 'bytes that are sent back', ...send('/bytes/back', 'application/octet-stream', Buffer.alloc(200_000, 'xyz')) },
  { title: 'a date', ...send('/date', 'application/x-date', '2020-01-01') },
  { title: 'a map of sets', ...send('/map', 'application/x-map', 'key') }
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
  await compare(t, build, inputs)
})

t.test('a body reaches the handler alike', async (t) => {
  await compare(t, build, bodies)
})

t.test('an answer is serialized alike', async (t) => {
  await compare(t, build, outputs)
})
