import t from 'tap'
import { build } from './fixtures/one-name.js'

t.test('a route may use the name of a dependency of its context for another one', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.same((await app.inject('/crossing')).json(), { user: 'of the route', account: 'account of the context' }, 'both cross, each as itself')
  t.same((await app.inject('/hidden')).json(), { user: 'of the route' }, 'what it hides would have been made by the worker')
})
