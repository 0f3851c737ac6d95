import type { InjectOptions } from 'fastify'
import t from 'tap'
import { build } from './fixtures/secured.js'

const app = await build()
t.teardown(() => app.close())
await app.ready()

interface Answer { statusCode: number, challenge: unknown, body: Record<string, any> }

const sides = ['worker', 'loop']

async function ask (side: string, url: string, options: InjectOptions = {}): Promise<Answer> {
  const { statusCode, headers, body } = await app.inject({ url: `/${side}${url}`, ...options })
  return { statusCode, challenge: headers['www-authenticate'], body: body === '' ? {} : JSON.parse(body) as Answer['body'] }
}

const as = (token: string): InjectOptions => ({ headers: { authorization: `Bearer ${token}` } })

t.test('a guard gets the scopes of all who name it on the way from the route, each once, the route\'s first', async (t) => {
  for (const side of sides) {
    t.match((await ask(side, '/user', as('reader'))).body, { user: { name: 'reader', scopes: [] } })
    t.same((await ask(side, '/read', as('reader'))).body.user.scopes, ['items:read'])
    t.same((await ask(side, '/edit', as('writer'))).body.editor.scopes, ['items:read', 'items:write'])
    t.match((await ask(side, '/scopes', as('writer'))).body, { scopes: ['a'], editor: { scopes: ['items:write'] } })
    t.same((await ask(side, '/staff', as('writer'))).body.staff.scopes, ['items:write'], 'of a context')
  }
})

t.test('a token that lacks a scope is answered 403 with the scopes that are needed, by RFC 6750', async (t) => {
  for (const side of sides) {
    for (const method of ['GET', 'HEAD'] as const) {
      const { statusCode, challenge } = await ask(side, '/edit', { method, ...as('reader') })
      t.same([statusCode, challenge], [403, 'Bearer realm="shop", error="insufficient_scope", scope="items:read items:write"'], `${side} ${method}`)
    }
    t.equal((await ask(side, '/edit', as('reader'))).body.code, 'FST_BLOCKING_INSUFFICIENT_SCOPE')
    t.equal((await ask(side, '/staff/key', { headers: { authorization: 'Bearer reader', 'x-key': 'k' } })).statusCode, 403)
  }
})

t.test('missing credentials, and wrong ones, are answered 401 with the scheme', async (t) => {
  const cases: Array<[url: string, headers: Record<string, string>, challenge: string]> = [
    ['/user', {}, 'Bearer realm="shop"'],
    ['/user', { authorization: 'Basic YTpi' }, 'Bearer realm="shop"'],
    ['/user', { authorization: 'Bearer' }, 'Bearer realm="shop"'],
    ['/user', { authorization: 'Bearer two words' }, 'Bearer realm="shop"'],
    ['/user', { authorization: 'Bearer unknown' }, 'Bearer realm="shop", error="invalid_token"'],
    ['/login', {}, 'Basic realm="a \\"shop\\"", charset="UTF-8"'],
    ['/login', { authorization: `Basic ${Buffer.from('no colon').toString('base64')}` }, 'Basic realm="a \\"shop\\"", charset="UTF-8"'],
    ['/login', { authorization: `Basic ${Buffer.from('a\n:b').toString('base64')}` }, 'Basic realm="a \\"shop\\"", charset="UTF-8"'],
    ['/key', { 'x-key': '' }, 'APIKey'],
    ['/query?key=1&key=2', {}, 'APIKey'],
    ['/cookie', { cookie: 'other=1' }, 'APIKey']
  ]
  for (const side of sides) {
    for (const [url, headers, expected] of cases) {
      const { statusCode, challenge, body } = await ask(side, url, { headers })
      t.same([statusCode, challenge, body.code], [401, expected, 'FST_BLOCKING_UNAUTHORIZED'], `${side} ${url} ${JSON.stringify(headers)}`)
    }
    t.match((await ask(side, '/two')).challenge, /Bearer realm="shop"|APIKey/)
  }
})

t.test('the ready dependencies give the credentials', async (t) => {
  const encoded = Buffer.from('ada:a:b ☂').toString('base64')
  for (const side of sides) {
    t.same((await ask(side, '/login', { headers: { authorization: `basic ${encoded}` } })).body, { login: { username: 'ada', password: 'a:b ☂' } })
    t.same((await ask(side, '/key', { headers: { 'x-key': 'k' } })).body, { key: 'k' })
    t.same((await ask(side, '/query?key=k')).body, { key: 'k' })
    t.same((await ask(side, '/cookie', { headers: { cookie: 'key=k' } })).body, { key: 'k' })
    t.same((await ask(side, '/optional', as('x.y-z_~+/='))).body, { token: 'x.y-z_~+/=' })
    t.same((await ask(side, '/optional')).body, {})
  }
})

t.test('a dependency that reads scopes is called once for each set of them, any other once', async (t) => {
  for (const side of sides) {
    const { one: [visit, scopes], other: [again, others], user, again: same } = (await ask(side, '/twice', as('writer'))).body
    t.equal(visit, again, 'what reads no scopes is shared')
    t.same([scopes, others], [['items:read'], ['items:write']])
    t.same(user, same)
    const { body } = await ask(side, '/order', as('writer'))
    t.same(body.one, body.other, 'whatever the order of the scopes')
    t.same(body.one.scopes, ['items:write', 'items:read'])
  }
})

t.test('plans tell the scopes', async (t) => {
  t.equal(app.blocking.printPlan('GET', '/worker/edit'), `GET /worker/edit    worker
└── editor          worker, scopes items:read
    └── user        worker, scopes items:read items:write
        ├── token   loop
        └── scopes  worker, scopes items:read items:write
`)
  t.match(app.blocking.plan('GET', '/loop/read').dependencies, [{ name: 'user', scopes: ['items:read'], dependencies: [{ name: 'token' }, { name: 'scopes' }] }])
})
