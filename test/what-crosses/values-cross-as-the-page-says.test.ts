import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { build as buildCrossing } from './fixtures/crossing.js'
import { build as buildErrors, errors } from './fixtures/errors.js'
import { build as buildSurroundings, surroundings, tell } from './fixtures/surroundings.js'
import { values } from './fixtures/values.js'
import { readTable, readTables } from './page.js'

t.test('every table of docs/what-crosses.md is read by one test', async (t) => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'))
  const texts = await Promise.all(files.map(async (name) => await readFile(new URL(name, folder), 'utf8')))
  const read = texts.flatMap((text) => [...text.matchAll(/readTable\('(.*?)'\)/g)].map(([, heading]) => heading!))
  t.same([...(await readTables()).keys()].sort(), read.sort())
})

/** By path, whether the value arrives in the main thread. */
const ways = {
  'request-given': false,
  'request-body': false,
  'request-query': false,
  'request-params': false,
  'reply-given': false,
  context: false,
  'dependency-for-handler': false,
  'dependency-for-dependency': false,
  'dependency-for-loop': true,
  'offload-argument': false,
  'offload-result': true,
  'loop-argument': true,
  'loop-result': false,
  'sync-argument': true,
  'sync-result': false
}
/** What is awaited is not what arrives. */
const awaited = new Set(['dependency-for-handler', 'dependency-for-dependency', 'dependency-for-loop', 'offload-result', 'loop-result', 'sync-result'])
/** Where a row does not hold, which the page says below its table. */
const elsewhere: Record<string, (way: string, inside: boolean) => boolean> = {
  // A body arrives piece by piece, see test/bodies.
  'a stream': (way, inside) => !inside && way === 'request-body',
  'a socket': (way, inside) => !inside && way === 'request-body',
  'a Promise': (way, inside) => !inside && awaited.has(way),
  // It is the dependency's own, and its first value is what the dependency gives.
  'a generator': (way, inside) => !inside && way.startsWith('dependency-'),
  'an object without prototype': (way, inside) => !inside && ['request-query', 'request-params'].includes(way)
}

t.test('every kind of value is there, whichever way it goes, what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('Values')
  t.same(rows.map(({ title }) => title), Object.keys(values), 'each row has a case, and each case a row')
  const app = await buildCrossing()
  t.teardown(() => app.close())
  await app.ready()

  for (const { title, cells } of rows) {
    for (const [column, inside] of [['by itself', false], ['inside another one', true]] as const) {
      await t.test(`${title}, ${column}`, async (t) => {
        const found: Record<string, unknown> = {}
        const expected: Record<string, unknown> = {}
        for (const [way, isMainThread] of Object.entries(ways)) {
          if (elsewhere[title]?.(way, inside) === true) continue
          const { statusCode, body } = await app.inject({ url: `/${way}`, headers: { 'x-asks': JSON.stringify({ name: title, inside }) } })
          const outcome = cells[column] === 'error' ? 'FST_BLOCKING_NOT_CLONEABLE' : cells[column]
          found[way] = [statusCode, JSON.parse(body)]
          expected[way] = [200, { isMainThread: outcome === 'FST_BLOCKING_NOT_CLONEABLE' && way.endsWith('-argument') ? !isMainThread : isMainThread, outcome }]
        }
        t.strictSame(found, expected)
      })
    }
  }
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, busy: 0 } }, 'one thread has had them all')
})

/** By column of the page: the paths, and whether the error arrives in the main thread. */
const errorWays = {
  'on the other side': { offload: true, loop: false, sync: false, request: false },
  'of a blocking handler or dependency, in the error handler': { handler: false, dependency: false }
}

t.test('every part of an error is there, whichever way it goes, what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('Errors')
  t.same(rows.map(({ title }) => title), Object.keys(errors), 'each row has a case, and each case a row')
  const app = await buildErrors()
  t.teardown(() => app.close())
  await app.ready()

  for (const { title, cells } of rows) {
    t.same(Object.keys(cells), Object.keys(errorWays))
    for (const [column, paths] of Object.entries(errorWays)) {
      for (const [path, isMainThread] of Object.entries(paths)) {
        const response = await app.inject({ url: `/${path}`, headers: { 'x-asks': title } })
        t.strictSame([response.statusCode, response.json()], [200, { isMainThread, outcome: cells[column] }], `${title}, ${path}`)
      }
    }
  }
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, busy: 0 } }, 'one thread has had them all')
})

t.test('a blocking handler finds around it what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('What is there without crossing')
  const titles = Object.keys(surroundings)
  t.same(rows.map(({ title }) => title), titles, 'each row has a case, and each case a row')
  const app = await buildSurroundings()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  for (const { title, cells } of rows) {
    const { statusCode, body, headers } = await app.inject(`/child/${titles.indexOf(title)}`)
    if (title === '`process.exit()`') {
      t.strictSame([statusCode, `\`${JSON.parse(body).code}\``], [500, cells['in a worker']], title)
    } else t.strictSame([statusCode, body, headers['x-kept']], [200, cells['in a worker'], title.startsWith('what the handler puts') ? 'true' : 'undefined'], title)
  }
  t.strictSame(tell(), { variable: 'by a hook', global: 'by a hook', env: 'by a hook' }, 'while the loop has what its hooks have changed')
})
