import t from 'tap'
import { build, handlers } from './apps/cookies.js'
import { build as buildWithHooks } from './apps/worker-hooks.js'
import { type Case, compare } from './compare.js'

const sent = { cookie: 'session=abc; signed=value.wrong; quoted="a b"; empty=' }

t.test('@fastify/cookie reads and sets cookies alike', async (t) => {
  await compare(t, build, ['', '/hooked'].flatMap((prefix) => Object.keys(handlers).flatMap((title, index): Case[] => [
    { title: `a handler ${title}${prefix && ', with hooks'}`, path: `${prefix}/${index}`, headers: sent, status: 'any' },
    { title: `a handler ${title}${prefix && ', with hooks'}, of a request without any`, path: `${prefix}/${index}`, status: 'any' }
  ])))
})

t.test('a cookie that a hook sets is sent alike', async (t) => {
  await compare(t, build, ['plain', 'header', 'thrown'].map((title): Case => ({ title, path: `/set-by-hook/${title}`, status: 'any' })))
})

t.test('hooks named in workerHooks run where the handler is, too', async (t) => {
  await compare(t, buildWithHooks, [
    { title: 'what a hook keeps beside the request', path: '/kept' },
    { title: 'what a hook flushes to the headers', path: '/flushed' }
  ])
})
