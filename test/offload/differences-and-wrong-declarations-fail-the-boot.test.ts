import Fastify, { type FastifyInstance } from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { bootError, pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import { buildFunctions, buildLoopFunctions } from './fixtures/typed.js'

const fixture = fixturesOf(import.meta.url)

async function register (): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: fixture('other-functions.js'), pool })
  return app
}

t.test('functions that differ between the threads fail ready() with their names', async (t) => {
  const app = await register()
  app.blocking.offload('both', () => {})
  app.blocking.offload('here', () => {})
  app.blocking.onLoop('back', () => {})
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_DIFFERENT_APP')
  t.match(error.message, 'offload here is missing in the worker')
  t.match(error.message, 'offload there is only in the worker')
  t.match(error.message, 'onLoop back is missing in the worker')
  t.notMatch(error.message, 'both')
})

t.test('a wrong declaration is named', async (t) => {
  const app = await register()
  t.teardown(() => app.close())
  const offload = app.blocking.offload as (...args: unknown[]) => { with: (options: unknown) => unknown }
  const onLoop = app.blocking.onLoop as (...args: unknown[]) => unknown
  const code = 'FST_BLOCKING_INVALID_OPTION'
  const fn = () => {}

  t.throws(() => offload(fn), { code, message: /offload: the first argument is a name.*Got \[Function: fn\]/ })
  t.throws(() => offload('', fn), { code })
  t.throws(() => offload('render'), { code, message: /offload render: the last argument is the function\. Got undefined/ })
  t.throws(() => offload('render', 'function'), { code })
  t.throws(() => offload('render', fn, {}), { code, message: /offload render: the last argument is the function/ })
  t.throws(() => offload('render', { timeout: '5s' }, fn), { code, message: /offload render: option timeout: ms that .*Got '5s'/ })
  t.throws(() => offload('render', { tiemout: 5 }, fn), { code, message: /offload render: option tiemout: there is no such option/ })
  t.throws(() => onLoop(Symbol('audit'), fn), { code, message: /onLoop: the first argument is a name/ })
  t.throws(() => onLoop('audit'), { code, message: /onLoop audit: the last argument is the function/ })

  const both = offload('both', fn)
  t.throws(() => offload('both', fn), { code, message: /offload both: there is one of that name already/ })
  onLoop('both', fn)
  t.throws(() => onLoop('both', fn), { code, message: /onLoop both: there is one of that name already/ })
  t.throws(() => both.with({ signal: 'stop' }), { code, message: /offload both\.with: an object of \{ signal \} .* AbortSignal\. Got \{ signal: 'stop' \}/ })
  t.throws(() => both.with({ transfer: [] }), { code, message: /Got \{ transfer: \[\] \}/ })
  t.throws(() => both.with('stop'), { code, message: /Got 'stop'/ })
  t.doesNotThrow(() => both.with({}))
})

t.test('what is declared or called at the wrong time is named', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  await t.rejects(app.functions.tell(), { code: 'FST_BLOCKING_CALLED_TOO_EARLY', message: /^offload tell was called before the app was ready/ })
  await app.ready()
  t.throws(() => app.blocking.offload('late', () => {}), { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: /^offload late was called after the app was ready/ })
  t.throws(() => app.blocking.onLoop('late', () => {}), { code: 'FST_BLOCKING_DECLARED_TOO_LATE' })
  t.type(await app.functions.tell(), 'number')

  const early = await buildLoopFunctions({ callsEarly: true })
  t.match(await bootError(early), { code: 'FST_BLOCKING_CALLED_TOO_EARLY', message: /^onLoop record was called before the app was ready/ })
})
