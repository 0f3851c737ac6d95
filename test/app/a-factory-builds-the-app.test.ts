import t from 'tap'
import commonjs from './fixtures/factory.cjs'
import { buildLater, buildNow } from './fixtures/factories.js'

const factories = { 'an async factory': buildLater, 'a factory': buildNow, 'a factory of a CommonJS module': commonjs.build }

for (const [name, build] of Object.entries(factories)) {
  t.test(`${name} is called in workers with app.options`, async (t) => {
    const app = await build({ greeting: 'hello' })
    t.teardown(() => app.close())
    t.same((await app.inject('/blocking')).json(), { isMainThread: false, greeting: 'hello' })
    t.same((await app.inject('/loop')).json(), { isMainThread: true, greeting: 'hello' })
  })
}

t.test('a factory may be called without app.options', async (t) => {
  const app = buildNow()
  t.teardown(() => app.close())
  t.same((await app.inject('/blocking')).json(), { isMainThread: false })
})
