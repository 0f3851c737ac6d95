import t from 'tap'
import { addWrongRoute, build } from './fixtures/documented.js'

for (const first of ['swagger', 'blocking']) {
  t.test(`of an app with ${first} registered first`, async (t) => {
    const app = await build({ first })
    t.teardown(() => app.close())
    await app.ready()

    await t.test('schemas are documented whole on both sides', async (t) => {
      const { paths } = (app as unknown as { swagger (): { paths: Record<string, { post: unknown }> } }).swagger()
      const { post } = paths['/documents/{id}']!
      t.match(post, {
        requestBody: { content: { 'application/json': { schema: { required: ['title'] } } } },
        parameters: [{ in: 'query', name: 'page' }, { in: 'path', name: 'id' }, { in: 'header', name: 'x-own' }]
      })
      t.match(paths['/dependent']!.post, { requestBody: { content: { 'application/json': { schema: { properties: { title: { type: 'string' } } } } } } })
      const inWorker = (await app.inject({ method: 'POST', url: '/documents/1', payload: { title: 't' } })).json() as { schema: string[], document: unknown }
      const onLoop = (await app.inject({ method: 'POST', url: '/loop/1', payload: { title: 't' } })).json() as { schema: string[] }
      t.same(inWorker.schema, onLoop.schema)
      t.same(inWorker.document, JSON.parse(JSON.stringify(post)))
    })

    if (first === 'blocking') return

    await t.test('each part is validated where it is read, once', async (t) => {
      for (const [url, payload, visits] of [['/documents/x', { title: 't' }, 0], ['/documents/1?page=x', { title: 't' }, 0], ['/documents/1', {}, 1]] as const) {
        const before = (app.blocking?.stats().run.count) ?? 0
        const answer = await app.inject({ method: 'POST', url, payload })
        t.match(answer.json(), { statusCode: 400, code: 'FST_ERR_VALIDATION' })
        t.equal(app.blocking.stats().run.count - before, visits)
      }
    })

    await t.test('a dependency in the worker has what its schema says', async (t) => {
      t.equal((await app.inject({ method: 'POST', url: '/dependent', payload: { title: 7 } })).body, '7')
    })

    await t.test('what is injected in a worker would not be validated whole, and is refused', async (t) => {
      t.match((await app.inject({ method: 'POST', url: '/inject' })).json(), { code: 'FST_BLOCKING_LOOP_ONLY' })
    })
  })
}

const refusals: Record<string, { code: string, message: RegExp }> = {
  hook: { code: 'FST_BLOCKING_BODY_NEEDED', message: /^POST \/wrong has `blocking: \{ parse \}`, .* where its preValidation hook checkBody may need it; / },
  anonymous: { code: 'FST_BLOCKING_BODY_NEEDED', message: / where its preValidation hook may need it; / },
  dependency: { code: 'FST_BLOCKING_BODY_NEEDED', message: / where the dependency POST \/wrong → outer → title, by its schema, may need it; / },
  method: { code: 'FST_BLOCKING_INVALID_OPTION', message: /^fastify-blocking: route QUERY \/wrong: blocking.parse: / }
}

for (const [wrong, refusal] of Object.entries(refusals)) {
  t.test(`what needs the body on the loop fails the boot: ${wrong}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await t.rejects(async () => {
      addWrongRoute(app, wrong)
      await app.ready()
    }, refusal)
  })
}
