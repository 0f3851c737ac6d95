import t from 'tap'
import { dependency } from 'fastify-blocking'
import { until } from '../support/until.js'
import { build, errors, kinds, sides, told, values } from './fixtures/awaited.js'
import { build as buildSigned } from './fixtures/signature.js'

declare module 'fastify' {
  interface FastifyInstance {
    ended: string[]
  }
}

const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

for (const side of sides) {
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

for (const side of sides) {
  for (const handler of sides) {
    const get = async (path: string) => await fetch(`${origin}/${side}/${handler}/gives/${path}`)

    t.test(`what a generator function gives is one, whoever hands it on: on the ${side}, handler on the ${handler}`, async (t) => {
      for (const name of ['plain', 'bound', 'boundAsync', 'wrapped', 'wrappedAsync', 'alike/true', 'promised/true']) {
        const before = told().length
        const response = await get(name)
        t.equal(response.status, 200, name)
        t.same(await response.json(), { id: 7 }, name)
        await until('it is closed', () => told().length === before + 2)
        t.same(told().slice(before), ['open', 'closed'], name)
      }
    })

    t.test(`what may be one or not is an error that asks: on the ${side}, handler on the ${handler}`, async (t) => {
      const before = told().length
      for (const name of ['alike', 'promised']) {
        const response = await get(name)
        t.equal(response.status, 500, name)
        t.match(await response.json(), { code: 'FST_BLOCKING_UNKNOWN_GENERATOR', message: /dependency it .* its option generator/ }, name)
      }
      if (side === handler) for (const name of ['alike/false', 'promised/false']) t.same(await (await get(name)).json(), { id: 'none' }, name)
      t.same(told().slice(before), [])
    })
  }
}

t.test('a bound function is async or not as the one that it is made of, under dispatch "signature"', async (t) => {
  const signed = await buildSigned({ dispatch: 'signature' })
  t.teardown(() => signed.close())
  await signed.ready()
  t.match(signed.blocking.plan('GET', '/later'), { handler: 'loop', dependencies: [{ name: 'later', side: 'loop' }] })
  t.match(signed.blocking.plan('GET', '/now'), { handler: 'worker', dependencies: [{ name: 'now', side: 'worker' }] })
})

t.test('its kind is known of a bound function', async (t) => {
  const later = async (): Promise<number> => 5
  function * chunks () { yield 5 }
  async function * chunksLater () { yield 5 }
  t.match(dependency(later.bind(null)), { isGenerator: false, isAsync: true })
  t.match(dependency(chunks.bind(null)), { isGenerator: true, isAsync: false })
  t.match(dependency(chunksLater.bind(null)), { isGenerator: true, isAsync: true })
  t.match(dependency({ generator: false }, function * () { yield 5 }), { isGenerator: false })
  t.match(dependency({ generator: true }, () => (function * () { yield 5 })()), { isGenerator: true })
  t.throws(() => dependency({ generator: 'yes' as never }, () => 5), { code: 'FST_BLOCKING_INVALID_OPTION', message: /option generator/ })
})

t.test('a generator function as the handler of a route on the loop is a warning, once', async (t) => {
  const warned: (Error & { code?: string })[] = []
  const note = (warning: Error): void => { warned.push(warning) }
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const warning = await buildSigned()
  t.teardown(() => warning.close())
  await warning.ready()
  await until('it is told', () => warned.length > 0)
  t.match(warned, [{ code: 'FST_BLOCKING_GENERATOR_HANDLER', message: /the handler of GET \/chunks is a generator function/ }])
})
