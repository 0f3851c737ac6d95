import t from 'tap'
import { until } from '../support/until.js'
import { build, done, sides } from './fixtures/chores.js'

const cases = { failed: 'that throws', sent: 'that sends an error' }

for (const side of sides) {
  for (const [name, what] of Object.entries(cases)) {
    t.test(`${what}: ${side}`, async (t) => {
      const app = await build()
      t.teardown(() => app.close())
      t.equal((await app.inject(`/${side}/${name}`)).statusCode, 500)
      // On one thread the second begins when all of the first is over.
      t.equal((await app.inject(`/${side}/one`)).statusCode, 200)
      await until('that of the next request is done', () => done().includes('only'))
      t.notOk(done().includes('never'))
    })
  }

  t.test(`but what its error handler asks for is: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    t.equal((await app.inject(`/${side}/handled`)).statusCode, 418)
    await until('it is done', () => done().includes('sorry'))
    t.notOk(done().includes('never'))
  })
}

t.test('nor where a hook on the loop makes an error of a worker\'s answer', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.equal((await app.inject('/worker/unsent')).statusCode, 500)
  t.equal((await app.inject('/worker/nested')).statusCode, 200)
  await until('that of the next request is done', () => done().includes('inner'))
  t.notOk(done().includes('only'))
})
