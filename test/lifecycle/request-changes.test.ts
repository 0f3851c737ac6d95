import t from 'tap'
import { build, handlers, hooks } from './apps/request-changes.js'
import { type Case, compare, serve } from './compare.js'

t.setTimeout(120_000)

t.test('what hooks and handlers replace, change and delete of the request is so for who comes after', async (t) => {
  await compare(t, build, Object.keys(hooks).flatMap((hook, index) => Object.keys(handlers).flatMap((handler, number): Case[] => {
    const title = `hooks: ${hook}; the handler: ${handler}`
    const headers = { 'x-sent': 'sent' }
    return [
      { title, path: `/${index}/${number}/7?a=1`, headers },
      { title: `${title}; with a body`, method: 'POST', path: `/${index}/${number}/7`, headers: { ...headers, 'content-type': 'application/json' }, body: '{"sent":{"deep":1}}' },
      { title: `${title}; with nothing to parse`, path: `/${index}/${number}/7` }
    ]
  })))
})

t.test('a preSerialization hook counts as well', async (t) => {
  await compare(t, build, [{ title: 'a replaced query', path: '/serialized?a=1' }])
})

t.test('onResponse hooks see it, too', async (t) => {
  await compare(t, build, [{ title: 'the request', path: '/responded?a=1' }, { title: 'what was seen', path: '/told', visits: 0 }])
})

t.test('what cannot cross throws where it is touched', async (t) => {
  const { send } = await serve(t, build, true)
  const { status, body } = await send({ path: '/uncloneable?a=1' })
  t.equal(status, 500)
  t.match(body.toString(), /"FST_BLOCKING_NOT_CLONEABLE".*request\.query/)
})
