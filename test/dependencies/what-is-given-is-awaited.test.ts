import t from 'tap'
import { build, errors, kinds, values } from './fixtures/awaited.js'

declare module 'fastify' {
  interface FastifyInstance {
    ended: string[]
  }
}

const app = await build()
t.teardown(() => app.close())
await app.ready()

for (const side of ['loop', 'worker']) {
  t.test(`what a dependency gives is awaited, as await does, once: ${side}`, async (t) => {
    for (const kind of Object.keys(kinds)) {
      for (const name of Object.keys(values)) {
        for (const lifetime of ['', '/app']) {
          const response = await app.inject(`/${side}/${name}/${kind}${lifetime}`)
          t.same(response.json(), { given: 'value', slow: 'slow' }, `${name}/${kind}${lifetime}`)
        }
      }
    }
    t.same((await app.inject(`/${side}/hasItsOwnThen`)).json(), { given: 'value', slow: 'slow' })
  })

  t.test(`what it rejects with is its error: ${side}`, async (t) => {
    for (const kind of Object.keys(kinds)) {
      for (const name of Object.keys(errors)) {
        t.match((await app.inject(`/${side}/${name}/${kind}`)).json(), { statusCode: 500, message: /^refused$/ }, `${name}/${kind}`)
      }
    }
  })

  t.test(`a generator that is not asynchronous awaits what it yields, and returns, as one that is: ${side}`, async (t) => {
    t.same((await app.inject(`/${side}/endsLater`)).json(), { given: 'value', slow: 'slow' })
    if (side === 'loop') t.same(app.ended.splice(0), ['endsLater'], 'before the answer')
    t.match((await app.inject(`/${side}/failsToEndLater`)).json(), { statusCode: 500, message: 'refused' })
    t.match((await app.inject(`/${side}/yieldsNothingLater`)).json(), { statusCode: 500, message: 'refused' })
    t.same((await app.inject(`/${side}/triesAnother`)).json(), { given: 'value', slow: 'slow' })
    t.match(await app.inject(`/${side}/answers`), { statusCode: 403, body: 'refused' })
  })
}

t.test('the thread is there still', async (t) => {
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, killed: 0 })
})
