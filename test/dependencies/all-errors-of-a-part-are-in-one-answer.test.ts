import t from 'tap'
import { build } from './fixtures/cookies.js'

const app = await build()
t.teardown(() => app.close())
await app.ready()

// Ajv's option `allErrors`: of the route, of its dependency, and of a dependency of a dependency.
const names = ['one', 'two', 'own']
const wrong = { one: 'x', two: 'x', own: 'x' }
const requests = {
  querystring: { url: '/querystring', query: wrong },
  headers: { url: '/headers', headers: wrong },
  params: { url: '/params/x/x/x' },
  body: { method: 'POST' as const, url: '/body', payload: wrong },
  cookies: { url: '/cookies', headers: { cookie: 'one=x; two=x; own=x' } }
}

for (const [part, request] of Object.entries(requests)) {
  t.test(`all errors of ${part} are in one answer, those of dependencies too`, async (t) => {
    for (const side of ['worker', 'loop']) {
      const response = await app.inject({ ...request, url: `/${side}/all${request.url}` })
      const { code, message } = response.json() as { code: string, message: string }
      t.equal(code, 'FST_ERR_VALIDATION')
      t.same(message.split(', ').sort(), names.map((name) => `${part}/${name} must be integer`).sort(), side)
    }
  })
}
