import { createRequire } from 'node:module'
import t from 'tap'
import { startApp } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)
const tsx = createRequire(import.meta.url).resolve('tsx/cli')

t.test('dependencies and background work are there in workers of an app that the command tsx runs', async (t) => {
  const app = await startApp(t, [tsx, fixture('typescript-start.mts')])
  t.same(await app.get('/'), { user: { name: 'ada', scopes: ['read'] }, loops: { isMainThread: true }, isMainThread: false })
})
