import t from 'tap'
import { build, errors } from './fixtures/errors.js'
import { readTable } from './page.js'

/** By column of the page: the paths, and whether the error arrives in the main thread. */
const ways = {
  'on the other side': { offload: true, loop: false, sync: false, request: false },
  'of a blocking handler or dependency, in the error handler': { handler: false, dependency: false }
}

t.test('every part of an error is there, whichever way it goes, what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('Errors')
  t.same(rows.map(({ title }) => title), Object.keys(errors), 'each row has a case, and each case a row')
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  for (const { title, cells } of rows) {
    t.same(Object.keys(cells), Object.keys(ways))
    for (const [column, paths] of Object.entries(ways)) {
      for (const [path, isMainThread] of Object.entries(paths)) {
        const response = await app.inject({ url: `/${path}`, headers: { 'x-asks': title } })
        t.strictSame([response.statusCode, response.json()], [200, { isMainThread, outcome: cells[column] }], `${title}, ${path}`)
      }
    }
  }
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, busy: 0 } }, 'one thread has had them all')
})
