import t from 'tap'
import { build } from './fixtures/any-module-name.js'

for (const name of ['a URL object', 'a file: URL', 'an absolute path', 'a path relative to the working directory']) {
  t.test(`a module may be named by ${name}`, async (t) => {
    const app = build({ name })
    t.teardown(() => app.close())
    t.same((await app.inject('/blocking')).json(), { isMainThread: false })
  })
}
