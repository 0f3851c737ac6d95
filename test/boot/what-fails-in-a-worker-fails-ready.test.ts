import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

const faults = {
  'the module throws': 'module-throws.js',
  'a plugin throws': 'plugin-throws.js',
  'an onReady hook rejects': 'on-ready-rejects.js',
  'a main function that is not awaited rejects': 'main-rejects.js'
}

for (const [name, file] of Object.entries(faults)) {
  t.test(`${name}: ready() fails with the cause, its class, its code and its stack`, async (t) => {
    const error = await bootError(await registerFixture(file))
    t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
    t.match(error.message, file)
    t.match(error.message, 'no such region')
    t.ok(error.cause instanceof RangeError)
    t.equal(error.cause.code, 'NO_REGION')
    t.match(error.cause.stack, file)
  })
}

t.test('a factory rejects: ready() fails with the cause', async (t) => {
  const app = await registerFixture('factory-rejects.js', { app: { module: fixture('factory-rejects.js'), factory: 'build' } })
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.match(error.cause, { code: 'NO_REGION', message: 'no such region' })
})

t.test('the module ends its process: ready() fails with the exit code', async (t) => {
  const error = await bootError(await registerFixture('process-exits.js'))
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.match(error.message, 'exited with code 7')
})

t.test('the module is of a kind that nobody has a hook for: ready() fails with what Node says of it', async (t) => {
  const error = await bootError(await registerFixture('of-another-language.lisp'))
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.equal(error.cause.code, 'ERR_UNKNOWN_FILE_EXTENSION')
})
