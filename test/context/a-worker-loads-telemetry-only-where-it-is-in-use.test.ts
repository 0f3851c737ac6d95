import t from 'tap'
import { build } from './fixtures/tells-if-telemetry-is-loaded.js'

t.test('without a tracer provider a worker does not load @opentelemetry/api', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.same((await app.inject('/loop')).json(), { isLoaded: true })
  t.same((await app.inject('/worker')).json(), { isLoaded: false })
})
