import t from 'tap'
import { build, handlers, hooks } from './apps/serializers.js'
import { compare, serve } from './compare.js'

t.setTimeout(120_000)

const prefixes = Object.keys(hooks).flatMap((title, index) => ['plain', 'sent'].map((kind) => [`${title}, ${kind}`, `/${index}/${kind}`] as const))

t.test('a serializer that a hook has set serializes what the handler gives', async (t) => {
  await compare(t, build, prefixes.flatMap(([hook, prefix]) => Object.keys(handlers).map((handler, number) => (
    { title: `${hook}; the handler gives ${handler}`, path: `${prefix}/${number}`, status: 'any' as const }
  ))))
})

t.test('what cannot cross to it, and what would be serialized in the worker, is an error', async (t) => {
  const { send } = await serve(t, build, true)
  for (const [hook, prefix] of prefixes.slice(0, 4)) {
    for (const [path, code] of [['instance', 'NOT_CLONEABLE'], ['money', 'NOT_CLONEABLE'], ['serialized', 'LOOP_ONLY']]) {
      const { status, body } = await send({ path: `${prefix}/${path}` })
      t.match([status, body.toString()], [500, new RegExp(`"FST_BLOCKING_${code}"`)], `${hook}: ${path}`)
    }
  }
})

t.test('so does one that a dependency has set', async (t) => {
  const { send } = await serve(t, build, true)
  const between = await send({ path: '/between' })
  t.match([between.status, between.body.toString()], [200, '<{"n":1}>false'])
  const left = await send({ path: '/left' })
  t.match([left.status, left.body.toString()], [500, /"FST_BLOCKING_LOOP_ONLY"/], 'in a worker, for a handler on the loop, it is an error')
  const failed = await send({ path: '/failed' })
  t.match([failed.status, failed.body.toString()], [500, '<{"failed":"of a dependency"}>false'], 'but an error handler there may have one')
})
