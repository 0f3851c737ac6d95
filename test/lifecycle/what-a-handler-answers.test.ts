import t from 'tap'
import * as errors from './apps/errors.js'
import * as payloads from './apps/payloads.js'
import * as replies from './apps/replies.js'
import * as serializers from './apps/serializers.js'
import { type Case, compare, serveBoth } from './compare.js'

const replied = await serveBoth(t, replies.build)
const titles = Object.keys(replies.handlers)

t.test('what a handler does with the reply is answered alike', async (t) => {
  await compare(t, replied, titles.map((title, index): Case => ({ title, path: `/${index}`, status: 'any' })))
})

t.test('what a handler does with the reply is answered alike with hooks around it', async (t) => {
  await compare(t, replied, replies.hooked.map((title): Case => ({ title, path: `/hooked/${titles.indexOf(title)}`, status: 'any' })))
})

t.test('what a handler does with the reply is answered alike to HEAD', async (t) => {
  await compare(t, replied, titles.map((title): Case => ({ title, method: 'HEAD', path: `/${titles.indexOf(title)}`, status: 'any' })))
})

const given = await serveBoth(t, payloads.build)

/** What Fastify makes a 500 of, or what says so itself. */
const statuses: Record<string, number> = {
  error: 409,
  'a big integer': 500,
  'circular object': 500,
  'object whose toJSON throws': 500,
  'object with a getter that throws': 500
}
const names = Object.keys(payloads.payloads)

t.test('every payload is answered alike in every style', async (t) => {
  await compare(t, given, Object.keys(payloads.styles).flatMap((style, index) => names.map((name, number): Case => ({
    title: `${name}, ${style}`,
    path: `/${index}/${number}`,
    ...statuses[name] === undefined ? {} : { status: statuses[name] }
  }))))
})

t.test('every payload is answered alike under every content type', async (t) => {
  await compare(t, given, payloads.types.flatMap((type, index) => names.map((name, number): Case => ({
    title: `${name} as ${type}`,
    path: `/typed/${number}/${index}`,
    status: 'any'
  }))))
})

t.test('every payload is answered alike under every status', async (t) => {
  const codes = ['201', '204', '205', '304', '418', '500', '599', '200.5', '99', '600', 'none']
  await compare(t, given, codes.flatMap((code) => names.map((name, number): Case => ({
    title: `${name} with status ${code}`,
    path: `/code/${number}/${code}`,
    status: 'any'
  }))))
})

const serialized = await serveBoth(t, serializers.build)
const prefixes = Object.keys(serializers.hooks).flatMap((title, index) => ['plain', 'sent'].map((kind) => [`${title}, ${kind}`, `/${index}/${kind}`] as const))

t.test('a serializer that a hook has set serializes what the handler gives', async (t) => {
  await compare(t, serialized, prefixes.flatMap(([hook, prefix]) => Object.keys(serializers.handlers).map((handler, number) => (
    { title: `${hook}; the handler gives ${handler}`, path: `${prefix}/${number}`, status: 'any' as const }
  ))))
})

t.test('what cannot cross to it, and what would be serialized in the worker, is an error', async (t) => {
  for (const [hook, prefix] of prefixes.slice(0, 4)) {
    for (const [path, code] of [['instance', 'NOT_CLONEABLE'], ['money', 'NOT_CLONEABLE'], ['serialized', 'LOOP_ONLY']]) {
      const { status, body } = await serialized.worker.send({ path: `${prefix}/${path}` })
      t.match([status, body.toString()], [500, new RegExp(`"FST_BLOCKING_${code}"`)], `${hook}: ${path}`)
    }
  }
})

t.test('so does one that a dependency has set', async (t) => {
  const between = await serialized.worker.send({ path: '/between' })
  t.match([between.status, between.body.toString()], [200, '<{"n":1}>false'])
  const left = await serialized.worker.send({ path: '/left' })
  t.match([left.status, left.body.toString()], [500, /"FST_BLOCKING_LOOP_ONLY"/], 'in a worker, for a handler on the loop, it is an error')
  const failed = await serialized.worker.send({ path: '/failed' })
  t.match([failed.status, failed.body.toString()], [500, '<{"failed":"of a dependency"}>false'], 'but an error handler there may have one')
})

const failing = await serveBoth(t, errors.build)
const kinds = Object.keys(errors.thrown)
const handlers = Object.keys(errors.errorHandlers)

function casesOf (handler: string, chosen: string[]): Case[] {
  return chosen.flatMap((way) => kinds.map((name) => ({
    title: `${name}, ${way}, ${handler}`,
    path: `/${handlers.indexOf(handler)}/${Object.keys(errors.ways).indexOf(way)}/${kinds.indexOf(name)}`,
    status: 'any'
  })))
}

t.test('an error is answered alike in whatever way it is thrown', async (t) => {
  await compare(t, failing, handlers.slice(0, 2).flatMap((handler) => casesOf(handler, Object.keys(errors.ways))))
})

t.test('an error is answered alike by every error handler', async (t) => {
  await compare(t, failing, handlers.slice(2).flatMap((handler) => casesOf(handler, ['thrown by a handler', 'thrown by an async handler that has waited'])))
})

t.test('an error handler of the route answers alike', async (t) => {
  await compare(t, failing, kinds.map((name, number): Case => ({ title: name, path: `/route/${number}`, status: 571 })))
})

t.test('an error handler of the route that throws leads alike to that of its context', async (t) => {
  await compare(t, failing, kinds.map((name, number): Case => ({ title: name, path: `/route/rethrown/${number}`, status: 'any' })))
})
