import t from 'tap'
import { app } from './fixtures/exported-instance.js'
import commonjs from './fixtures/exported-instance.cjs'

for (const [name, instance] of Object.entries({ 'a module': app, 'a CommonJS module': commonjs })) {
  t.test(`${name} that only exports its instance is built again in workers`, async (t) => {
    t.teardown(() => instance.close())
    t.same((await instance.inject('/blocking')).json(), { isMainThread: false })
    t.same((await instance.inject('/loop')).json(), { isMainThread: true })
  })
}
