import t from 'tap'
import { buildLoopFunctions } from './fixtures/typed.js'

const code = 'FST_BLOCKING_WOULD_DEADLOCK'

t.test('a function of the loop for which a thread waits may not call back', async (t) => {
  const app = await buildLoopFunctions()
  t.teardown(() => app.close())
  const response = await app.inject('/calls-back')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code, message: /^offload thread would never return: .*sync\(\)/ })
  await t.rejects(app.offloaded.askSync('callsBack'), { code })
  t.type(await app.offloaded.askAsync('callsBack'), 'number', 'where no thread stands still it may')
  t.match((await app.inject('/tell')).json(), { worker: Number }, 'the thread goes on')
  t.match(app.blocking.stats(), { queue: 0, killed: 0, threads: { live: 1, busy: 0 } })
})

t.test('sync() on the loop of a function that gives a promise', async (t) => {
  const app = await buildLoopFunctions()
  t.teardown(() => app.close())
  await app.ready()
  t.throws(() => app.functions.addLater.sync(1, 2), { code, message: /^onLoop addLater\.sync\(\) on the loop would never return/ })
  t.throws(() => app.functions.fail.sync(), { code })
  t.throws(() => app.functions.never.sync('called'), { code })
  t.same(app.recorded, ['called'], 'one that is not an async function is known by its result only')
})
