import t from 'tap'
import { until } from '../support/until.js'
import { build, calls, ends } from './fixtures/ends.js'

const app = await build()
t.teardown(() => app.close())
t.beforeEach(async () => {
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  calls.length = 0
})
await app.ready()

for (const endsAt of ends) {
  for (const side of ['worker', 'loop']) {
    t.test(`a generator on the loop that ends at ${endsAt} calls in the visit that waits for its end, handler on the ${side}`, async (t) => {
      const answers = await Promise.all(Array.from({ length: 5 }, async () => await app.inject(`/${side}/${endsAt}`)))
      t.same(answers.map(({ statusCode }) => statusCode), [200, 200, 200, 200, 200])
      await until('all have called', () => calls.length === 5)
      for (const { first, thread } of calls) t.equal(thread, first)
      const { routes } = app.blocking.stats()
      t.same(Object.keys(routes).filter((name) => name.startsWith('offload ')), [], 'admitted once, with the request')
    })
  }
}

for (const endsAt of ends) {
  t.test(`one that needs nothing of a worker, and ends at ${endsAt}, may call, too`, async (t) => {
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await app.inject(`/alone/${endsAt}`)))
    t.same(answers.map(({ statusCode }) => statusCode), [200, 200, 200, 200, 200])
    await until('all have called', () => calls.length === 5)
  })

  t.test(`so does background work, while a generator that ends at ${endsAt} waits for it`, async (t) => {
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await app.inject(`/background/${endsAt}`)))
    t.same(answers.map(({ statusCode }) => statusCode), [200, 200, 200, 200, 200])
    await until('all have called', () => calls.length === 10)
    for (const { first, thread } of calls) t.equal(thread, first)
  })
}
