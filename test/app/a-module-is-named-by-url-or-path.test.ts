import { tmpdir } from 'node:os'
import t from 'tap'
import { build } from './fixtures/any-module-name.js'

for (const name of ['a URL object', 'a file: URL', 'an absolute path', 'a path relative to the working directory']) {
  t.test(`a module may be named by ${name}`, async (t) => {
    const app = build({ name })
    t.teardown(() => app.close())
    t.same((await app.inject('/blocking')).json(), { isMainThread: false })
  })
}

t.test('a relative path goes by the working directory of the registration, whatever that is later', async (t) => {
  const app = build({ name: 'a path relative to the working directory' })
  t.teardown(() => app.close())
  await app.ready()
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(tmpdir())
  t.equal((await app.inject('/exit')).statusCode, 500)
  t.same((await app.inject('/blocking')).json(), { isMainThread: false }, 'a thread that was started after that')
})
