import t from 'tap'
import { build } from './fixtures/crossing.js'
import { values } from './fixtures/values.js'
import { readTable } from './page.js'

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
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  for (const { title, cells } of rows) {
    for (const [column, inside] of [['by itself', false], ['inside another one', true]] as const) {
      const found: Record<string, unknown> = {}
      const expected: Record<string, unknown> = {}
      for (const [way, isMainThread] of Object.entries(ways)) {
        if (elsewhere[title]?.(way, inside) === true) continue
        const { statusCode, body } = await app.inject({ url: `/${way}`, headers: { 'x-asks': JSON.stringify({ name: title, inside }) } })
        const outcome = cells[column] === 'error' ? 'FST_BLOCKING_NOT_CLONEABLE' : cells[column]
        found[way] = [statusCode, JSON.parse(body)]
        expected[way] = [200, { isMainThread: outcome === 'FST_BLOCKING_NOT_CLONEABLE' && way.endsWith('-argument') ? !isMainThread : isMainThread, outcome }]
      }
      t.strictSame(found, expected, `${title}, ${column}`)
    }
  }
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, busy: 0 } }, 'one thread has had them all')
})
