import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { build } from './fixtures/planned.js'
import { build as buildPaths } from './fixtures/paths.js'

const early = await build()
t.throws(() => early.blocking.printPlan(), { code: 'FST_BLOCKING_NO_PLAN_YET', message: 'ask for them after `await app.ready()`' })
t.throws(() => early.blocking.plan(), { code: 'FST_BLOCKING_NO_PLAN_YET' })
t.throws(() => early.blocking.printPlan({ format: 'mermaid' }), { code: 'FST_BLOCKING_NO_PLAN_YET' })
await early.close()

t.test('all routes are printed, with the side and the reason of each', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  t.equal(app.blocking.printPlan(), `
└── /                           (GET, HEAD)                      loop    unmarked
    ├── statement               (GET, HEAD)                      worker  marked
    │   • account                                                worker
    │     ├── db                                                 worker  app
    │     └── user                                               loop
    │         └── token                                          loop
    │   statement               (POST)                           worker  marked
    │   • db                                                     worker  app
    │   └── /:id(^\\d+$)         (GET, HEAD)                      loop    marked
    ├── by-plugin               (GET, HEAD)                      worker  plugin
    ├── by-dependency           (GET, HEAD)                      loop    dependencies
    │   • account                                                worker
    │     ├── db                                                 worker  app
    │     └── user                                               loop
    │         └── token                                          loop
    ├── undecided               (GET, HEAD)                      loop    unmarked
    ├── versions                (GET, HEAD) {"version":"1.0.0"}  loop    unmarked
    │   versions                (GET, HEAD) {"version":"2.0.0"}  worker  marked
    ├── plan                    (GET, HEAD)                      worker  marked
    ├── plans                   (GET, HEAD)                      loop    unmarked
    ├── live                    (GET, HEAD)                      loop    websocket
    └── orders                  (POST)                           worker  marked
        └── /                   (POST)                           worker  marked
            ├── :order          (PUT, PATCH)                     worker  marked
            │   • request.body                                   worker  read by the worker
            └── signed          (POST)                           worker  marked
                • request.body                                   loop    its option \`parse\` is false
`.slice(1))

  await t.test('as data too', async (t) => {
    const plans = app.blocking.plan()
    t.same(plans.filter(({ visit }) => visit).map(({ route }) => app.blocking.plan(...splitKey(route))), plans.filter(({ visit }) => visit))
    const reasons = plans.filter(({ route }) => route.startsWith('GET ')).map(({ route, handler, visit, reason }) => [route, handler, visit, reason])
    t.same(reasons, [
      ['GET /', 'loop', false, 'unmarked'],
      ['GET /statement', 'worker', true, 'marked'],
      ['GET /statement/:id(^\\d+$)', 'loop', false, 'marked'],
      ['GET /by-plugin', 'worker', true, 'plugin'],
      ['GET /by-dependency', 'loop', true, 'dependencies'],
      ['GET /undecided', 'loop', false, 'unmarked'],
      ['GET /versions version=1.0.0', 'loop', false, 'unmarked'],
      ['GET /versions version=2.0.0', 'worker', true, 'marked'],
      ['GET /plan', 'worker', true, 'marked'],
      ['GET /plans', 'loop', false, 'unmarked'],
      ['GET /live', 'loop', false, 'websocket']
    ])
  })

  await t.test('in a worker too, but for where bodies are parsed', async (t) => {
    const { body } = await app.inject('/plan')
    const withoutBodies = app.blocking.printPlan().replace(/^.*• request\.body.*\n/gm, '')
    t.equal(removeSpaces(body), removeSpaces(withoutBodies))
    const data = await app.inject('/plan?format=data')
    t.same(data.json(), app.blocking.plan().map(({ body, ...plan }) => plan))
  })

  await t.test('in no other format', async (t) => {
    t.throws(() => app.blocking.printPlan({ format: 'html' as 'tree' }), { code: 'FST_BLOCKING_INVALID_OPTION', message: /format/ })
  })
})

for (const dispatch of ['signature', 'all'] as const) {
  t.test(`dispatch: '${dispatch}' is a reason`, async (t) => {
    const app = await build({ dispatch })
    t.teardown(() => app.close())
    await app.ready()
    const told = Object.fromEntries(app.blocking.plan().map(({ route, handler, reason }) => [route, `${handler}, ${reason}`]))
    t.match(told, {
      'GET /': dispatch === 'all' ? 'worker, all' : 'loop, signature',
      'GET /undecided': `worker, ${dispatch}`,
      'HEAD /undecided': `worker, ${dispatch}`,
      'GET /by-plugin': 'worker, plugin',
      'HEAD /by-plugin': 'worker, plugin',
      'GET /statement': 'worker, marked',
      'GET /statement/:id(^\\d+$)': 'loop, marked',
      'GET /by-dependency': dispatch === 'all' ? 'worker, all' : 'loop, dependencies'
    })
  })
}

t.test('the tree is that of Fastify', async (t) => {
  const app = await buildPaths()
  t.teardown(() => app.close())
  await app.ready()
  const printed = app.blocking.printPlan().replaceAll(/ +loop +unmarked$/gm, '').replaceAll(/ +\(/g, ' (')
  t.equal(printed, app.printRoutes({ commonPrefix: false }))
})

t.test('of a registration without routes too', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: import.meta.resolve('./fixtures/paths.js'), pool: { minThreads: 0 } })
  await app.ready()
  t.equal(app.blocking.printPlan(), app.printRoutes())
  t.same(app.blocking.plan(), [])
})

t.test('what docs/insight.md shows of it is printed', async (t) => {
  const page = await readFile(new URL('../../docs/insight.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('## The plan of all routes'))
  const [, code, printed, diagram] = /```js\n(.*?)^```.*?```\n(.*?)^```.*?```mermaid\n(.*?)^```/ms.exec(section)!
  const patient = code!.replace('Fastify()', 'Fastify({ pluginTimeout: 100_000 })')
  const end = '\nconsole.log(app.blocking.printPlan(\'GET\', \'/statement\', { format: \'mermaid\' }))\nawait app.close()'
  const file = join(t.testdir({ 'app.mjs': patient + end }), 'app.mjs')
  const { code: exit, stdout, stderr } = await runToEnd(t, [file], { PORT: '0' })
  t.equal(exit, 0, stderr)
  t.equal(stdout, `${printed}\n${diagram}\n`)
})

function splitKey (key: string): [method: string, url: string] {
  const [methods, url] = key.split(' ')
  return [methods!.split(',')[0]!, url!]
}

function removeSpaces (text: string): string {
  return text.replaceAll(/ {2,}/g, ' ')
}
