import { dependency } from 'fastify-blocking'
import t from 'tap'
import { registerFixture } from '../support/boot.js'

t.test('who uses an override that is not declared is told which are', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const code = 'FST_BLOCKING_NO_SUCH_OVERRIDE'
  t.throws(() => app.useOverride('rain'), { code, message: 'there is no override "rain": none is declared' })
  const weather = dependency(() => 'as it is')
  app.declareOverride('sun', weather, dependency(() => 'sun'))
  app.declareOverride('snow', weather, dependency(() => 'snow'))
  t.throws(() => app.useOverride('rain'), { code, message: 'there is no override "rain": declared are "sun", "snow"' })
  await t.rejects(app.withOverride('rain', () => {}), { code })
})

t.test('two overrides of one dependency are not used at a time, nor one twice', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const weather = dependency(() => 'as it is')
  app.declareOverride('sun', weather, dependency(() => 'sun'))
  app.declareOverride('snow', weather, dependency(() => 'snow'))
  app.get('/', { dependencies: { weather } }, async ({ dependencies }) => dependencies.weather)
  const read = async () => (await app.inject('/')).body
  const code = 'FST_BLOCKING_OVERRIDE_IN_USE'
  const sun = app.useOverride('sun')
  t.throws(() => app.useOverride('snow'), { code, message: 'override "snow" cannot be used: "sun", of the same dependency, is in use' })
  t.throws(() => app.useOverride('sun'), { code, message: 'override "sun" cannot be used: it is in use' })
  t.equal(await read(), 'sun')
  sun[Symbol.dispose]()
  t.equal(await app.withOverride('snow', read), 'snow')
  t.equal(await read(), 'as it is')
})

t.test('overrides that do not go together are refused when they are used, and nothing changes', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const one = dependency(() => 'one')
  const two = dependency(() => 'two')
  app.declareOverride('one', one, dependency({ dependencies: { two } }, (request, { two }) => `fake one, ${two}`))
  app.declareOverride('two', two, dependency({ dependencies: { one } }, (request, { one }) => `fake two, ${one}`))
  app.get('/', { dependencies: { one, two } }, async ({ dependencies: { one, two } }) => [one, two])
  const read = async () => (await app.inject('/')).json() as string[]
  await app.withOverride('one', async () => {
    t.same(await read(), ['fake one, two', 'two'])
    t.throws(() => app.useOverride('two'), { code: 'FST_BLOCKING_DEPENDENCY_CYCLE', message: 'GET / → one → two → one' })
    t.same(await read(), ['fake one, two', 'two'])
  })
  t.same(await read(), ['one', 'two'])
  t.same(await app.withOverride('two', read), ['one', 'fake two, one'])
})

t.test('a declared override takes the place of one that is always there, and gives it back', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const weather = dependency(() => 'as it is')
  app.overrideDependency(weather, dependency(() => 'rain'))
  app.declareOverride('sun', weather, dependency(() => 'sun'))
  app.get('/', { dependencies: { weather } }, async ({ dependencies }) => dependencies.weather)
  const read = async () => (await app.inject('/')).body
  t.equal(await read(), 'rain')
  t.equal(await app.withOverride('sun', read), 'sun')
  t.equal(await read(), 'rain')
})

t.test('an override is declared before the app is ready, and withOverride() takes a function', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const weather = dependency(() => 'as it is')
  app.declareOverride('sun', weather, dependency(() => 'sun'))
  await app.ready()
  t.throws(() => app.declareOverride('snow', weather, dependency(() => 'snow')), { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: 'declareOverride was called after the app was ready' })
  await t.rejects((app.withOverride as (...args: unknown[]) => Promise<void>)('sun', 5), { code: 'FST_BLOCKING_INVALID_OPTION', message: 'withOverride: its second argument is the function' })
})
