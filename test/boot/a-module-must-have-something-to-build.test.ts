import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

for (const file of ['exports-no-plugin.js', 'exports-no-plugin.cjs']) {
  t.test(`${file}: neither an app nor a plugin is an error that says so`, async (t) => {
    const { cause } = await bootError(await registerFixture(file))
    t.equal(cause.code, 'FST_BLOCKING_NOTHING_TO_BUILD')
    t.match(cause.message, file)
  })
}

t.test('an export that is missing is named', async (t) => {
  const module = fixture('exports-no-plugin.js')
  for (const app of [{ module, factory: 'build' }, { module, plugin: 'build' }]) {
    const { cause } = await bootError(await registerFixture('exports-no-plugin.js', { app }))
    t.equal(cause.code, 'FST_BLOCKING_NO_SUCH_EXPORT')
    t.match(cause.message, '"build"')
  }
})

t.test('an export that is no function is named', async (t) => {
  const app = { module: fixture('exports-no-plugin.js'), factory: 'port' }
  const { cause } = await bootError(await registerFixture('exports-no-plugin.js', { app }))
  t.equal(cause.code, 'FST_BLOCKING_NO_SUCH_EXPORT')
})

t.test('a plugin that does not register this one in the worker is an error that says so', async (t) => {
  const { cause } = await bootError(await registerFixture('does-not-register.js'))
  t.equal(cause.code, 'FST_BLOCKING_NOT_REGISTERED_IN_WORKER')
  t.match(cause.message, 'does-not-register.js')
})
