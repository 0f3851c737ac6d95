import t from 'tap'
import { build as buildWithHeaders } from './fixtures/sets-headers.js'
import { build as buildWithProperties, chains, pathOf } from './fixtures/sets-properties.js'

t.test('what dependencies set on the reply is there for those after them, the handler and the client, on every side', async (t) => {
  const app = await buildWithHeaders()
  t.teardown(() => app.close())
  for (const [path, names] of [
    ['/third', ['second', 'third']],
    ['', ['second', 'third', 'fourth']]
  ] as const) {
    for (const side of ['/worker', '/loop']) {
      const { statusCode, headers, body } = await app.inject(path + side)
      const expected = {
        ...Object.fromEntries(names.map((name) => [`x-${name}`, name])),
        'x-last': names.at(-1),
        'set-cookie': ['first=1', ...names.map((name) => `${name}=1`)]
      }
      t.equal(statusCode, 201, `${path}${side}`)
      t.match(headers, expected)
      t.notOk('x-first' in headers, 'what was removed is gone')
      t.match(JSON.parse(body), { status: 201, headers: expected }, 'the handler has seen it')
    }
  }
})

t.test('properties, cookies and what is in a session are there for those after them, the handler, hooks and the client, as on one thread', async (t) => {
  const app = await buildWithProperties()
  t.teardown(() => app.close())

  async function ask (path: string): Promise<unknown> {
    const { statusCode, headers, body } = await app.inject(path)
    const cookies = [headers['set-cookie']].flat().map(String)
    const own = cookies.find((cookie) => cookie.startsWith('sessionId='))
    const kept = await app.inject({ url: '/session', headers: { cookie: String(own?.split(';')[0]) } })
    return { statusCode, body: JSON.parse(body), end: JSON.parse(String(headers['x-end'])), cookies: cookies.filter((cookie) => cookie !== own), session: kept.json() }
  }

  const onLoop = await ask(pathOf(chains[0]))
  t.match(onLoop, {
    statusCode: 200,
    body: { one: { early: true }, two: { user: { name: 'one' } }, three: { trail: ['one', 'two'], by: 'two' }, seen: { trail: ['one', 'two', 'three'], by: 'three' } },
    end: { user: { name: 'handler' }, locals: { one: true, two: true, three: true } },
    cookies: ['one=1', 'two=1', 'three=1', 'handler=1'],
    session: { by: 'handler', one: true, two: true, three: true }
  })
  for (const chain of chains.slice(1)) t.same(await ask(pathOf(chain)), onLoop, pathOf(chain))
})
