import t from 'tap'
import { startApp } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

t.test('workers boot under a loader that gives the source of CommonJS, where require() may have no cache', async (t) => {
  const app = await startApp(t, ['--import', fixture('source-loader.js'), fixture('top-level-await.js')])
  t.match(await app.get('/blocking'), { isMainThread: false })
})
