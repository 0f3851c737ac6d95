import t from 'tap'
import { build, patterns, rewrites } from './apps/rewritten.js'
import { builderOf, servers } from './apps/routing.js'
import { type Case, compare } from './compare.js'

const requests: Case[] = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'].flatMap((method): Case[] => [
    { title: `the shorthand for ${method}`, method, path: `/shorthand-${method.toLowerCase()}` },
    { title: `a route of all methods, by ${method}`, method, path: '/all' },
    { title: `the shorthand for ${method} under a prefix`, method, path: `/prefix/shorthand-${method.toLowerCase()}` }
  ]),
  { title: 'route()', path: '/route' },
  { title: 'route() by HEAD', method: 'HEAD', path: '/route' },
  ...['GET', 'POST', 'DELETE', 'HEAD'].map((method): Case => ({ title: `a route of several methods, by ${method}`, method, path: '/several' })),
  { title: 'a method that a route does not have', method: 'PATCH', path: '/several', status: 404, visits: 0 },
  { title: 'a route of GET and HEAD, by GET', path: '/with-head' },
  { title: 'a route of GET and HEAD, by HEAD', method: 'HEAD', path: '/with-head' },
  { title: 'a HEAD route of its own', method: 'HEAD', path: '/own-head' },
  { title: 'a GET route beside a HEAD route of its own', path: '/own-head' },
  { title: 'a handler among the options', path: '/handler' },
  { title: 'a route that stays on the loop', path: '/loop', visits: 0 },
  { title: 'a parameter', path: '/params/7' },
  { title: 'an encoded parameter', path: '/params/a%20b%2Fc%25' },
  { title: 'a parameter and a wildcard', path: '/params/7/files/a/b.txt?x=1' },
  { title: 'a parameter with a pattern', path: '/regex/123.png' },
  { title: 'an optional parameter that is there', path: '/optional/1' },
  { title: 'an optional parameter that is not there', path: '/optional' },
  { title: 'two parameters in one segment', path: '/double/one-two' },
  { title: 'a wildcard', path: '/anything/at/all' },
  { title: 'a query', path: '/route?a=1&b=2&b=3&c=&d' },
  { title: 'an encoded query', path: '/route?a%20b=c%26d&e=%F0%9F%98%80' },
  { title: 'a query that names what objects inherit', path: '/route?__proto__=1&constructor=2&toString=3' },
  { title: 'a query after a semicolon', path: '/route;a=1?b=2', status: 'any' },
  { title: 'a URL that cannot be decoded', path: '/params/%E0%A4%A', status: 'any', visits: 0 },
  { title: 'a trailing slash', path: '/route/' },
  { title: 'another case', path: '/ROUTE' },
  { title: 'slashes twice', path: '//route', status: 'any' },
  { title: 'a body limit and a log level', path: '/limit' },
  { title: 'a body below the limit', method: 'POST', path: '/limit', headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
  { title: 'a body above the limit', method: 'POST', path: '/limit', headers: { 'content-type': 'application/json' }, body: '{"a":"too long"}', status: 413, visits: 0 },
  { title: 'a prefix', path: '/prefix/route' },
  { title: 'a prefix alone', path: '/prefix' },
  { title: 'a prefix with a trailing slash', path: '/prefix/' },
  { title: 'a prefix below a prefix, with a slash only', path: '/prefix/deep/' },
  { title: 'a prefix below a prefix, with a leaf', path: '/prefix/deep/leaf' },
  { title: 'a prefix below a prefix, without a slash only', path: '/prefix/flat' },
  { title: 'a prefix below a prefix, with both', path: '/prefix/both' },
  { title: 'a prefix below a prefix, with both, and a slash', path: '/prefix/both/' },
  { title: 'a prefix with a parameter', path: '/users/ann/of/7?x=y' },
  { title: 'a host', path: '/constrained', headers: { host: 'one.test' } },
  { title: 'a host by a pattern', path: '/constrained', headers: { host: 'two.example' } },
  { title: 'a host that is not constrained', path: '/constrained', headers: { host: 'three.test:8080' } },
  { title: 'a version', path: '/versioned', headers: { 'accept-version': '1.x' } },
  { title: 'a version of a host', path: '/versioned', headers: { 'accept-version': '2.0.0', host: 'one.test' } },
  { title: 'a constraint of its own', path: '/custom', headers: { 'x-tenant': 'b' } },
  { title: 'a host with a port', path: '/route', headers: { host: 'example.test:8080' } },
  { title: 'a host of IPv6', path: '/route', headers: { host: '[::1]:8080' } },
  { title: 'headers of every kind', path: '/route', headers: { 'x-latin': 'gr\xf6\xdfe', cookie: 'a=1; b=2', accept: ['text/html', 'text/plain'], 'x-one': '' } },
  { title: 'the headers of a proxy', path: '/route', headers: { 'x-forwarded-for': '10.0.0.1, 10.0.0.2', 'x-forwarded-host': 'public.test, inner.test', 'x-forwarded-proto': 'https, http' } },
  { title: 'a forwarded host with a port', path: '/route', headers: { 'x-forwarded-host': 'public.test:444' } },
  { title: 'a URL that is rewritten', path: '/old/params/7?a=1' },
  { title: 'an id that is given', path: '/route', headers: { 'x-id': 'own', 'x-request': 'header' } },
  { title: 'an id that is generated', path: '/route', headers: { 'x-id': 'own' } }
]

for (const server of Object.keys(servers)) {
  t.test(`requests are routed alike by a server ${server}`, async (t) => {
    const isPlain = server === 'plain'
    await compare(t, builderOf(server), isPlain ? requests : requests.map((one) => ({ ...one, status: 'any', visits: 'any' })))
  })
}

const rewritten = Object.keys(rewrites).flatMap((title, index) => Object.entries(patterns).flatMap(([pattern, path]): Case[] => {
  // Only what the loop has found for the parameters tells the worker what the pattern of one asks for.
  if (title.startsWith('params') && pattern.includes('(')) return []
  return [
    { title: `${title}, ${pattern}`, path: `/rewritten/${index}${path}` },
    { title: `${title}, ${pattern}, with a body`, method: 'POST', path: `/rewritten/${index}${path}`, headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
  ]
}))

t.test('a hook may rewrite the URL and the method of what was routed', async (t) => {
  await compare(t, build, rewritten)
})

t.test('and so it may where rewriteUrl has done so before', async (t) => {
  const buildRewriting = ({ blocking }: { blocking: boolean }) => build({ blocking, rewriting: true })
  await compare(t, buildRewriting, Object.keys(rewrites).map((title, index): Case => ({ title, path: `/old/rewritten/${index}/text?a=1` })))
})
