import t from 'tap'
import { build, crossing, looks } from './apps/requests.js'
import { type Case, compare } from './compare.js'

const titles = Object.keys(looks)

t.test('a handler finds its request, its reply and its app alike', async (t) => {
  await compare(t, build, ['', '/child'].flatMap((prefix) => titles.flatMap((title, index): Case[] => [
    { title: `${title}${prefix && ', in a child with hooks'}`, path: `${prefix}/look/${index}?a=1` },
    { title: `${title}${prefix && ', in a child with hooks'}, with a body`, method: 'POST', path: `${prefix}/look/${index}`, headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
  ])))
})

t.test('what hooks put on the request and the reply arrives alike', async (t) => {
  await compare(t, build, Object.keys(crossing).map((title, index): Case => ({ title, path: `/crossing/${index}` })))
})

t.test('a handler that is overdue is answered alike', async (t) => {
  await compare(t, build, [
    // Whether its visit has ended by then is another question.
    { title: 'handlerTimeout', path: '/overdue', status: 503, visits: 'any' },
    { title: 'the request after it', path: '/look/0', visits: 'any' }
  ])
})
