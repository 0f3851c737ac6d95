import t from 'tap'
import { build } from './fixtures/sets-headers.js'

t.test('what dependencies set on the reply is there for those after them, the handler and the client, on every side', async (t) => {
  const app = await build()
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
