import t from 'tap'
import { build } from './fixtures/request-context.js'

for (const hook of ['onRequest', 'preValidation', 'preHandler']) {
  t.test(`@fastify/request-context, begun in ${hook}, has its values in a blocking handler, without being asked`, async (t) => {
    const app = await build({ hook })
    t.teardown(() => app.close())
    for (const user of ['ada', 'grace']) {
      const response = await app.inject(`/user?user=${user}`)
      t.strictSame(response.json(), { isMainThread: false, user, side: 'loop', kept: 'default', mine: true })
    }
  })
}
