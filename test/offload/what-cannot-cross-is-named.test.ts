import t from 'tap'
import { buildFunctions } from './fixtures/typed.js'

t.test('an argument or a result that cannot be cloned rejects the call with its path', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  await app.ready()
  const { echo, give, tell } = app.functions
  class Account {}
  const code = 'FST_BLOCKING_NOT_CLONEABLE'

  await t.rejects(echo(1, { a: { b: [0, () => {}] } }), { code, message: /^offload echo: arguments\[1\]\.a\.b\[1\] is a function/ })
  await t.rejects(echo(() => {}), { code, message: /^offload echo: arguments\[0\] is a function/ })
  await t.rejects(echo(new Account()), { code, message: /arguments\[0\] is an instance of Account/ }, 'it would arrive without its class')
  await t.rejects(echo({ get row (): never { throw new Error('a getter') } }), { code, message: /arguments\[0\]\.row is a getter that throws/ })
  await t.rejects(give('function'), { code, message: /^offload give: the result\.rows\[1\]\.open is a function/ })
  await t.rejects(give('instance'), { code, message: /^offload give: the result is an instance of Account/ })
  const error: Error = await echo(() => {}).then(() => { throw new Error('it crossed') }, (error) => error as Error)
  t.match(error.stack, 'what-cannot-cross-is-named', 'with where it was called')

  t.type(await tell(), 'number', 'the thread goes on')
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, killed: 0, queue: 0 })
})
