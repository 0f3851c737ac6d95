import t from 'tap'
import { build } from './fixtures/dispatched.js'

const marked = { '/function-true': 'worker', '/function-false': 'loop', '/async-true': 'worker', '/async-limits': 'worker', '/async-false': 'loop' }

const rules = {
  explicit: { '/function': 'loop', '/arrow': 'loop', '/promise': 'loop', '/callback': 'loop', '/async': 'loop', '/async-function': 'loop', '/route': 'loop', ...marked },
  signature: { '/function': 'worker', '/arrow': 'worker', '/promise': 'worker', '/callback': 'worker', '/async': 'loop', '/async-function': 'loop', '/route': 'worker', ...marked },
  all: { '/function': 'worker', '/arrow': 'worker', '/promise': 'worker', '/callback': 'worker', '/async': 'worker', '/async-function': 'worker', '/route': 'worker', ...marked }
}

for (const dispatch of [undefined, 'explicit', 'signature', 'all'] as const) {
  t.test(`dispatch ${dispatch ?? 'left out'}: a route's own blocking wins`, async (t) => {
    const app = build({ dispatch })
    t.teardown(() => app.close())
    const answers: Record<string, string> = {}
    const expected = rules[dispatch ?? 'explicit']
    for (const url of Object.keys(expected)) {
      answers[url] = (await app.inject({ method: url === '/route' ? 'PUT' : 'GET', url })).body
    }
    t.same(answers, expected)
  })
}
