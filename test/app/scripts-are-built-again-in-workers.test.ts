import t from 'tap'
import { startApp } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

const scripts = {
  'a script with top-level await': 'top-level-await.js',
  'a script whose main function is not awaited': 'main-not-awaited.js',
  'a script that does not await register': 'register-not-awaited.js',
  'a script that calls listen with a callback': 'listen-with-callback.js',
  'a script that awaits ready before it listens': 'ready-then-listen.js',
  'a CommonJS script': 'commonjs-script.cjs',
  'a CommonJS script whose main function is not awaited': 'commonjs-main.cjs'
}

for (const [name, file] of Object.entries(scripts)) {
  t.test(`${name}: in the worker no port is bound and nothing after listen is run`, async (t) => {
    const app = await startApp(t, [fixture(file)])
    t.same(await app.get('/blocking'), { isMainThread: false, hasListened: false, bound: false })
    t.same(await app.get('/loop'), { isMainThread: true, hasListened: true, bound: true })
  })
}
