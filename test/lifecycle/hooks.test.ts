import type { FastifyInstance } from 'fastify'
import t from 'tap'
import * as cookies from './apps/cookies.js'
import { build as buildFailing } from './apps/failing-hooks.js'
import { answers, build, contexts, touches } from './apps/hooks.js'
import { build as buildWithWorkerHooks } from './apps/worker-hooks.js'
import { type Case, compare, serveBoth } from './compare.js'

const both = await serveBoth(t, build)

const kinds = Object.keys(answers)
const methods = ['GET', 'HEAD']

/** Which error handler comes after one that has answered an error already is for Fastify alone to know. */
function kindsFor (context: string): string[] {
  return context.startsWith('an onSend hook that fails') ? kinds.filter((kind) => kind !== 'error') : kinds
}

t.test('hooks of a context see and make the same answer', async (t) => {
  await compare(t, both, Object.keys(contexts).flatMap((context, index) => kindsFor(context).flatMap((kind) => methods.map((method): Case => ({
    title: `${kind}, with ${context}, by ${method}`,
    method,
    path: `/context/${index}/${kinds.indexOf(kind)}`,
    status: 'any',
    visits: context.endsWith('instead of the handler') ? 0 : 1
  })))))
})

t.test('hooks of a route see and make the same answer', async (t) => {
  await compare(t, both, kinds.map((kind, number): Case => ({ title: kind, path: `/route/${number}`, status: 'any' })))
})

t.test('a handler finds and changes what hooks have set', async (t) => {
  await compare(t, both, Object.keys(touches).map((title, number): Case => ({ title, path: `/touch/${number}`, status: 'any' })))
})

const withCookies = await serveBoth(t, cookies.build)
const sent = { cookie: 'session=abc; signed=value.wrong; quoted="a b"; empty=' }

t.test('@fastify/cookie reads and sets cookies alike', async (t) => {
  await compare(t, withCookies, ['', '/hooked'].flatMap((prefix) => Object.keys(cookies.handlers).flatMap((title, index): Case[] => [
    { title: `a handler ${title}${prefix && ', with hooks'}`, path: `${prefix}/${index}`, headers: sent, status: 'any' },
    { title: `a handler ${title}${prefix && ', with hooks'}, of a request without any`, path: `${prefix}/${index}`, status: 'any' }
  ])))
})

t.test('a cookie that a hook sets is sent alike', async (t) => {
  await compare(t, withCookies, ['plain', 'header', 'thrown'].map((title): Case => ({ title, path: `/set-by-hook/${title}`, status: 'any' })))
})

t.test('hooks named in workerHooks run where the handler is, too', async (t) => {
  await compare(t, buildWithWorkerHooks, [
    { title: 'what a hook keeps beside the request', path: '/kept' },
    { title: 'what a hook flushes to the headers', path: '/flushed' }
  ])
})

async function ask (app: FastifyInstance, path: string) {
  const { statusCode, body } = await app.inject(path)
  return { statusCode, body, counts: Reflect.get(app, 'counts') as object }
}

// As docs/what-crosses.md says: the loop's side does not know that an error handler has been asked already.
const own = JSON.stringify({ statusCode: 418, error: 'I\'m a Teapot', message: 'the hook' })
const handled = JSON.stringify({ handled: 'the hook' })

for (const [title, path, failures] of [['once', '/handler', 1], ['each time', '/handler?after=9', 2]] as const) {
  t.test(`${title}: on the loop the error of the hook goes to Fastify's error handler, of a blocking handler to the app's first, with onError; the status is the same`, async (t) => {
    const [loop, worker] = [await buildFailing({ blocking: false }), await buildFailing({ blocking: true })]
    t.teardown(() => Promise.all([loop, worker].map((app) => app.close())))
    t.same(await ask(loop, path), { statusCode: 418, body: own, counts: { onError: failures, errorHandler: 1, onSend: 2 } })
    t.same(await ask(worker, path), { statusCode: 418, body: failures === 1 ? handled : own, counts: { onError: failures, errorHandler: 1, onSend: failures + 1 } })
    t.same((await worker.inject('/counts')).json(), { onError: 1, errorHandler: 1 }, 'in the worker')
    t.equal(worker.blocking.stats().run.count, 2)
  })
}
