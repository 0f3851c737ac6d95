import t from 'tap'
import { buildLoopFunctions } from './fixtures/typed.js'

const app = await buildLoopFunctions()
t.teardown(() => app.close())
await app.ready()

for (const [name, isSync] of [['askAsync', false], ['askSync', true]] as const) {
  t.test(`${isSync ? 'synchronously' : 'asynchronously'}, a function of the loop runs on the loop, and gives a copy of its result`, async (t) => {
    app.recorded.length = 0
    const ask = app.offloaded[name]
    t.match(await ask('record', 1, new Date(0), undefined), { isWorker: false, threadId: 0, count: 1 })
    t.same(app.recorded, [[1, new Date(0), undefined]])
    t.equal(await ask('add', 2, 3), 5)
    t.equal(await ask('addLater', 2, 3), 5, 'the value of a promise')
    for (let count = 0; count < 50; count++) t.equal(await ask('add', count, 1), count + 1)
  })

  t.test(`${isSync ? 'synchronously' : 'asynchronously'}, its errors are thrown in the worker as what they were, with both stacks`, async (t) => {
    const ask = app.offloaded[name]
    await t.rejects(ask('fail'), {
      constructor: AggregateError,
      message: 'several',
      cause: 'a text',
      errors: [{ constructor: RangeError, message: 'first', code: 'FIRST' }]
    })
    const { stack } = await ask('fail').then(() => { throw new Error('it did not fail') }, (error: unknown) => error as Error)
    t.match(stack, /loop-functions\.js[^]*at onLoop fail \(fastify-blocking\)[^]*loop-functions\.js[^]*at offload ask/)
    await t.rejects(ask('giveFunction'), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^onLoop giveFunction: the result\.deep\[0\] is a function/ })
    t.equal(await ask('add', 2, 3), 5)
  })
}

t.test('from a blocking handler too', async (t) => {
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, a) => (await app.inject(`/sync?a=${a}&b=1`)).json() as { sum: number, worker: number }))
  t.same(answers.map(({ sum }) => sum), Array.from({ length: 50 }, (_, a) => a + 1))
  t.ok(answers.every(({ worker }) => worker > 0))
})

t.test('on the loop it is a plain call', async (t) => {
  const before = app.blocking.stats().completed
  t.same((await app.inject('/loop')).json(), { sum: 3 })
  const value = { some: 'thing' }
  await app.functions.record(value)
  t.equal((app.recorded.at(-1) as unknown[])[0], value, 'with the values themselves')
  t.equal(app.functions.add.sync(2, 3), 5)
  t.equal(app.blocking.signal, undefined)
  t.equal(app.blocking.stats().completed - before, 0)
})

t.test('a function of the loop moves too', async (t) => {
  t.same(await app.offloaded.askAsync('giveMoved', 20), new Uint8Array(20).fill(7))
  t.same(await app.offloaded.askSync('giveMoved', 20), new Uint8Array(20).fill(7))
})

const code = 'FST_BLOCKING_WOULD_DEADLOCK'

t.test('a function of the loop for which a thread waits may not call back', async (t) => {
  const response = await app.inject('/calls-back')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code, message: /^offload thread would never return: .*sync\(\)/ })
  await t.rejects(app.offloaded.askSync('callsBack'), { code })
  t.type(await app.offloaded.askAsync('callsBack'), 'number', 'where no thread stands still it may')
  t.match((await app.inject('/tell')).json(), { worker: Number }, 'the thread goes on')
  t.match(app.blocking.stats(), { queue: 0, killed: 0, threads: { live: 1, busy: 0 } })
})

t.test('sync() on the loop of a function that gives a promise', async (t) => {
  app.recorded.length = 0
  t.throws(() => app.functions.addLater.sync(1, 2), { code, message: /^onLoop addLater\.sync\(\) on the loop would never return/ })
  t.throws(() => app.functions.fail.sync(), { code })
  t.throws(() => app.functions.never.sync('called'), { code })
  t.same(app.recorded, ['called'], 'one that is not an async function is known by its result only')
})
