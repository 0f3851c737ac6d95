import t from 'tap'
import { build, handlers, hooked } from './apps/replies.js'
import { type Case, compare } from './compare.js'

const titles = Object.keys(handlers)

t.test('what a handler does with the reply is answered alike', async (t) => {
  await compare(t, build, titles.map((title, index): Case => ({ title, path: `/${index}`, status: 'any' })))
})

t.test('what a handler does with the reply is answered alike with hooks around it', async (t) => {
  await compare(t, build, hooked.map((title): Case => ({ title, path: `/hooked/${titles.indexOf(title)}`, status: 'any' })))
})

t.test('what a handler does with the reply is answered alike to HEAD', async (t) => {
  await compare(t, build, titles.map((title): Case => ({ title, method: 'HEAD', path: `/${titles.indexOf(title)}`, status: 'any' })))
})
