import { pathToFileURL } from 'node:url'
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
  'a CommonJS script whose main function is not awaited': 'commonjs-main.cjs',
  'a script that waits for many things before it makes its app': 'waits-for-much.js',
  'a script that listens on the main thread alone': 'listens-on-the-main-thread.js'
}

for (const [name, file] of Object.entries(scripts)) {
  t.test(`${name}: in the worker no port is bound and nothing after listen is run`, async (t) => {
    const app = await startApp(t, [fixture(file)])
    t.same(await app.get('/blocking'), { isMainThread: false, hasListened: false, bound: false })
    t.same(await app.get('/loop'), { isMainThread: true, hasListened: true, bound: true })
  })
}

/** Type stripping came with Node 22.18, and so did loaders that know worker threads. */
const stripsTypes = 'typescript' in process.features && process.features.typescript !== false

const forms: Record<string, string[]> = stripsTypes
  ? {
      'a module under tsx': ['--import', 'tsx', fixture('typescript-script.ts')],
      'a CommonJS script under tsx': ['--import', 'tsx', fixture('typescript-commonjs.cts')],
      'a module under type stripping': [fixture('typescript-script.ts')],
      'a CommonJS script under type stripping': [fixture('typescript-commonjs-stripped.cts')]
    }
  // On Node 20 `--import tsx` does nothing in worker threads, and cannot load Fastify from CommonJS.
  : {
      'a module under tsx': ['--import', pathToFileURL(fixture('register-tsx.js')).href, fixture('typescript-script.ts')],
      'a CommonJS script under tsx': ['--require', 'tsx/cjs', fixture('require-typescript.cjs')]
    }

for (const [name, parameters] of Object.entries(forms)) {
  t.test(`${name} is built again in workers`, async (t) => {
    const app = await startApp(t, parameters)
    t.same(await app.get('/blocking/3'), { isMainThread: false, n: 3 })
    t.same(await app.get('/loop/3'), { isMainThread: true, n: 3 })
  })
}
