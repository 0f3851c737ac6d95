import t from 'tap'
import { build } from './fixtures/secured.js'

const app = await build()
t.teardown(() => app.close())
await app.ready()

type Page = { paths: Record<string, { get: { security?: unknown, parameters?: unknown } }> }
const pageOf = (served: typeof app): Page => JSON.parse(JSON.stringify(served.swagger())) as Page
const { paths } = pageOf(app)

t.test('requirements of dependencies, of theirs and of contexts are in the page of each route that uses them', async (t) => {
  const expected: Record<string, unknown> = {
    '/user': [{ oauth: [] }],
    '/read': [{ oauth: ['items:read'] }],
    '/edit': [{ oauth: ['items:read', 'items:write'] }],
    '/key': [{ apiKey: [] }],
    '/login': [{ basic: [] }],
    '/optional': [{}, { bearer: [] }],
    '/two': [{ apiKey: [], oauth: [] }],
    '/either': [{ basic: [] }, { apiKey: [] }],
    '/and': [{ oauth: ['own', 'items:read'], basic: [], apiKey: [] }, { oauth: ['own', 'items:read'], apiKey: [] }],
    '/same': [{ basic: [] }, { apiKey: [] }],
    '/both': [{ oauth: ['a', 'items:read'], apiKey: [] }],
    '/twice': [{ oauth: ['items:read', 'items:write'] }],
    '/staff': [{ oauth: ['items:write'] }],
    '/staff/key': [{ oauth: ['items:write'], apiKey: [] }],
    '/public': [],
    '/none': undefined
  }
  for (const side of ['worker', 'loop']) {
    for (const [url, security] of Object.entries(expected)) t.same(paths[`/${side}${url}`]!.get.security, security, `${side} ${url}`)
  }
})

t.test('a fake has requirements of its own, and need not read the scopes', async (t) => {
  const faked = await build({ fake: true })
  t.teardown(() => faked.close())
  await faked.ready()
  t.same(pageOf(faked).paths['/worker/read']!.get.security, [{ bearer: ['items:read'] }])
  t.same((await faked.inject('/worker/read')).json(), { user: { name: 'fake', scopes: [] } })
  t.same((await faked.inject('/loop/edit')).json(), { editor: { name: 'fake', scopes: [] } })
})
