import t from 'tap'
import { addWrongRoute, build } from './fixtures/documented.js'

const refusals: Record<string, { code: string, message: RegExp }> = {
  hook: { code: 'FST_BLOCKING_BODY_NEEDED', message: /^POST \/wrong has `blocking: \{ parse: true \}`, .* where its preValidation hook checkBody needs it; / },
  anonymous: { code: 'FST_BLOCKING_BODY_NEEDED', message: / where its preValidation hook needs it; / },
  dependency: { code: 'FST_BLOCKING_BODY_NEEDED', message: / where the dependency POST \/wrong → outer → title, by its schema, needs it; / },
  method: { code: 'FST_BLOCKING_INVALID_OPTION', message: /^fastify-blocking: route QUERY \/wrong: blocking.parse: / }
}

for (const [wrong, refusal] of Object.entries(refusals)) {
  t.test(wrong, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await t.rejects(async () => {
      addWrongRoute(app, wrong)
      await app.ready()
    }, refusal)
  })
}
