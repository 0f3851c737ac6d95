import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import * as changes from '../lifecycle/apps/changes.js'
import * as errors from '../lifecycle/apps/errors.js'
import * as hooks from '../lifecycle/apps/hooks.js'
import * as payloads from '../lifecycle/apps/payloads.js'
import * as replies from '../lifecycle/apps/replies.js'
import * as requestChanges from '../lifecycle/apps/request-changes.js'
import * as requests from '../lifecycle/apps/requests.js'
import * as streams from '../lifecycle/apps/streams.js'
import { type Build, type Case, compare, serve } from '../lifecycle/compare.js'

/** A route moves with the fourth request to it. */
const rounds = 6

/** Sends each request some times, before a route moves and afterwards, and compares each answer with that of the app on the loop. */
async function compareMoving (t: Test, build: Build<false | 'measured'>, cases: readonly Case[]): Promise<void> {
  const both = { loop: await serve<false | 'measured'>(t, build, false), worker: await serve<false | 'measured'>(t, build, 'measured') }
  const repeated = cases.flatMap((one) => Array.from({ length: rounds }, (_, round) => (
    { ...one, title: `${one.title}, ${round + 1}`, visits: 'any' as const, status: 'any' as const }
  )))
  await compare(t, both, repeated)
  const { blocking }: FastifyInstance = both.worker.app
  t.ok(blocking.stats().run.count >= cases.length, `${blocking.stats().run.count} of ${repeated.length} requests were answered in a worker`)
  t.equal(blocking.stats().failed, 0)
}

t.test('what handlers do with the reply', (t) => compareMoving(t, replies.build, [
  ...Object.keys(replies.handlers).map((title, index) => ({ title, path: `/${index}` })),
  ...replies.hooked.map((title) => ({ title: `${title}, with hooks`, path: `/hooked/${Object.keys(replies.handlers).indexOf(title)}` })),
  ...Object.keys(replies.handlers).map((title, index) => ({ title, path: `/${index}`, method: 'HEAD' }))
]))

t.test('payloads', (t) => compareMoving(t, payloads.build, [
  ...Object.keys(payloads.styles).flatMap((style, index) => Object.keys(payloads.payloads).map((name, number) => (
    { title: `${name}, ${style}`, path: `/${index}/${number}` }
  )))
]))

t.test('errors', (t) => compareMoving(t, errors.build, ['thrown by a handler', 'thrown by an async handler that has waited'].flatMap((way) => (
  Object.keys(errors.thrown).map((name, number) => ({ title: `${name}, ${way}`, path: `/0/${Object.keys(errors.ways).indexOf(way)}/${number}` }))
))))

t.test('requests', (t) => compareMoving(t, requests.build, [
  ...Object.keys(requests.looks).map((title, index) => ({ title, method: 'POST', path: `/look/${index}`, headers: { 'content-type': 'application/json' }, body: '{"a":1}' })),
  ...Object.keys(requests.crossing).map((title, index) => ({ title, path: `/crossing/${index}` }))
]))

t.test('what hooks and handlers change', async (t) => {
  await compareMoving(t, requestChanges.build, Object.keys(requestChanges.hooks).flatMap((hook, index) => Object.keys(requestChanges.handlers).map((handler, number) => (
    { title: `${hook}; ${handler}`, path: `/${index}/${number}/7?a=1`, headers: { 'x-sent': 'sent' } }
  ))))
  await compareMoving(t, changes.build, Object.keys(changes.handlers).flatMap((title, index) => [
    { title, path: `/${index}/text` }, { title: `${title}, thrown`, path: `/${index}/thrown` }, { title: `${title}, missing`, path: `/${index}/missing` }
  ]))
})

t.test('what hooks see and make', (t) => compareMoving(t, hooks.build, [
  ...Object.keys(hooks.answers).map((title, number) => ({ title, path: `/route/${number}` })),
  ...Object.keys(hooks.touches).map((title, number) => ({ title, path: `/touch/${number}` }))
]))

t.test('streams', (t) => {
  const names = Object.keys(streams.streams)
  const styles = Object.keys(streams.styles).filter((style) => !style.includes('later'))
  return compareMoving(t, streams.build, styles.flatMap((style) => names.map((name) => (
    { title: `${name}, ${style}`, path: `/${Object.keys(streams.styles).indexOf(style)}/${names.indexOf(name)}` }
  ))))
})
