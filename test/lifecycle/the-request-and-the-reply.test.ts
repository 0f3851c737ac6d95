import t from 'tap'
import { onlyCompleted } from '../support/outcomes.js'
import * as changes from './apps/changes.js'
import * as refusals from './apps/refusals.js'
import * as requestChanges from './apps/request-changes.js'
import * as requests from './apps/requests.js'
import { type Case, compare, serve, serveBoth } from './compare.js'

const found = await serveBoth(t, requests.build)
const titles = Object.keys(requests.looks)

t.test('a handler finds its request, its reply and its app alike', async (t) => {
  await compare(t, found, ['', '/child'].flatMap((prefix) => titles.flatMap((title, index): Case[] => [
    { title: `${title}${prefix && ', in a child with hooks'}`, path: `${prefix}/look/${index}?a=1` },
    { title: `${title}${prefix && ', in a child with hooks'}, with a body`, method: 'POST', path: `${prefix}/look/${index}`, headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
  ])))
})

t.test('what hooks put on the request and the reply arrives alike', async (t) => {
  await compare(t, found, Object.keys(requests.crossing).map((title, index): Case => ({ title, path: `/crossing/${index}` })))
})

t.test('a handler that is overdue is answered alike', async (t) => {
  await compare(t, found, [
    // Whether its visit has ended by then is another question.
    { title: 'handlerTimeout', path: '/overdue', status: 503, visits: 'any' },
    { title: 'the request after it', path: '/look/0', visits: 'any' }
  ])
})

const changed = await serveBoth(t, requestChanges.build)

t.test('what hooks and handlers replace, change and delete of the request is so for who comes after', async (t) => {
  await compare(t, changed, Object.keys(requestChanges.hooks).flatMap((hook, index) => Object.keys(requestChanges.handlers).flatMap((handler, number): Case[] => {
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
  await compare(t, changed, [{ title: 'a replaced query', path: '/serialized?a=1' }])
})

t.test('onResponse hooks see it, too', async (t) => {
  await compare(t, changed, [{ title: 'the request', path: '/responded?a=1' }, { title: 'what was seen', path: '/told', visits: 0 }])
})

t.test('what cannot cross of what is replaced throws where it is touched', async (t) => {
  const { status, body } = await changed.worker.send({ path: '/uncloneable?a=1' })
  t.equal(status, 500)
  t.match(body.toString(), /"FST_BLOCKING_NOT_CLONEABLE".*request\.query/)
})

const extended = await serveBoth(t, changes.build)

t.test('what a handler puts on the request or the reply is there in the hooks that come after it', async (t) => {
  await compare(t, extended, Object.keys(changes.handlers).flatMap((title, index) => [
    { title, path: `/${index}/text` },
    { title: `${title}, of a handler that throws`, path: `/${index}/thrown`, status: 500 },
    { title: `${title}, of a handler that calls the not-found handler`, path: `/${index}/missing`, status: 404 }
  ]))
})

t.test('what cannot cross of what it puts there throws where it is touched', async (t) => {
  for (const [index, title] of Object.keys(changes.withheld).entries()) {
    const { status, body } = await extended.worker.send({ path: `/${Object.keys(changes.handlers).length + index}/text` })
    t.equal(status, 500, title)
    t.match(body.toString(), /"FST_BLOCKING_NOT_CLONEABLE".*request\.kept/, title)
  }
})

interface Refusal {
  statusCode: number
  code: string
  message: string
}

const { app, send } = await serve(t, refusals.build, true)

t.test('what needs the socket is refused with a code, and the thread goes on', async (t) => {
  for (const [index, [title, [, code]]] of Object.entries(refusals.refused).entries()) {
    const { status, body } = await send({ path: `/refused/${index}` })
    t.equal(status, 500, title)
    t.equal((JSON.parse(body.toString()) as Refusal).code, code, title)
  }
  t.same(app.blocking.stats().threads, { starting: 0, live: 1, busy: 0, retired: 0, exiting: 0 })
  t.match(app.blocking.stats(), onlyCompleted)
})

t.test('what cannot cross throws when it is touched, and only then', async (t) => {
  for (const [index, [title, [, where]]] of Object.entries(refusals.withheld).entries()) {
    // Twice: what could not be cloned once is looked at before the next time.
    for (const time of ['first', 'second']) {
      const untouched = await send({ path: `/withheld/${index}/untouched` })
      t.equal(untouched.body.toString(), 'untouched', `${title}, untouched, for the ${time} time`)
      const replaced = await send({ path: `/withheld/${index}/replaced` })
      t.equal(replaced.body.toString(), 'replaced', `${title}, replaced, for the ${time} time`)
      for (const owner of ['request', 'reply']) {
        const { status, body } = await send({ path: `/withheld/${index}/${owner}` })
        const refusal = JSON.parse(body.toString()) as Refusal
        t.equal(status, 500, `${title} on the ${owner}, for the ${time} time`)
        t.equal(refusal.code, 'FST_BLOCKING_NOT_CLONEABLE')
        t.ok(refusal.message.startsWith(`${owner}.kept${where} `), refusal.message)
      }
    }
  }
})

t.test('a websocket route that is marked blocking is refused at boot', async (t) => {
  await t.rejects(refusals.buildUpgrade(), { code: 'FST_BLOCKING_UPGRADE_ROUTE', message: /GET \/socket/ })
})
