import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Advice } from 'fastify-blocking'
import t, { type Test } from 'tap'
import { Logged } from '../measured/logged.js'
import { build } from './fixtures/advised.js'

const library = `
function compute () {
  const start = process.cpuUsage()
  let sum = 0
  for (let used = 0; used < 60_000;) {
    for (let number = 0; number < 10_000; number++) sum += Math.sqrt(sum + number)
    const { user, system } = process.cpuUsage(start)
    used = user + system
  }
  return sum
}

export function computeLater () {
  return new Promise((resolve) => setImmediate(() => resolve(compute())))
}
`

type App = Awaited<ReturnType<typeof build>>

async function start (t: Test, options: Parameters<typeof build>[0] = {}) {
  const logged = new Logged()
  const app = await build({ ...options, stream: logged.stream })
  t.teardown(() => app.close())
  await app.ready()
  return { app, logged }
}

async function send (app: App, url: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, async () => await app.inject(url)))
}

/** Sends requests, one after the other, until there is the advice. */
async function adviceOf (app: App, url: string, kind: Advice['kind']): Promise<Advice & Record<string, unknown>> {
  const find = (): Advice | undefined => app.blocking.advice().find((one) => one.kind === kind && one.route === `GET ${url}`)
  for (let number = 0; number < 200 && find() === undefined; number++) {
    await app.inject(url)
    await app.inject('/ping')
  }
  return { ...find()! }
}

t.test('a dependency that holds the loop is named, and not its route', async (t) => {
  const { app, logged } = await start(t)
  const { text, place } = await adviceOf(app, '/dependency', 'dependency')
  t.match(text, /^GET \/dependency held the event loop for \d+ ms \(\d+ of \d+ requests\), in compute \(.*advised\.js:\d+\); mark the dependency account\.user blocking: true$/)
  t.match(place, { function: 'compute', file: 'test/insight/fixtures/advised.js', line: Number, isOfApp: true, isSerialization: false })
  t.same(logged.lines.filter((line) => line.includes('/dependency')).length, 1, 'with one warning in the log')
})

t.test('of a handler that mostly waits only the function that computes is to be offloaded', async (t) => {
  const { app } = await start(t)
  t.match((await adviceOf(app, '/mostly-waits', 'offload')).text, / in compute \(.*\); it mostly waits, so offload compute alone: fastify\.blocking\.offload\(\)$/)
})

t.test('a function of a package is not to be offloaded, whose caller is not on the stack', async (t) => {
  const file = join(t.testdir({ node_modules: { slow: { 'index.mjs': library } } }), 'node_modules/slow/index.mjs')
  const { app } = await start(t, { library: pathToFileURL(file).href })
  for (const url of ['/package', '/package-mostly-waits']) {
    const { text, line, place } = await adviceOf(app, url, 'mark')
    t.match(place, { function: 'compute', isOfApp: false })
    t.match(text, /, in compute \(.*\); mark it blocking: true$/, url)
    t.equal(line, `app.get('${url}', { blocking: true }, handler)`)
  }
})

t.test('a hook of a blocking route holds the loop all the same', async (t) => {
  const { app } = await start(t)
  const address = await app.listen({ port: 0 })
  const find = (): Advice | undefined => app.blocking.advice().find(({ kind }) => kind === 'hook')
  for (let number = 0; number < 200 && find() === undefined; number++) await (await fetch(`${address}/loop-part`)).text()
  t.match(find()?.text, /^GET \/loop-part held .*, in compute \(.*; hooks run on the loop: make it a dependency with blocking: true$/)
})

t.test('a blocking route that takes less than its way to a thread is to be unmarked', async (t) => {
  const { app } = await start(t)
  const told = (): Advice | undefined => app.blocking.advice().find(({ route }) => route === 'GET /brief')
  // On a busy machine a run may take long for want of a processor.
  for (let number = 0; number < 5_000 && told() === undefined; number++) await app.inject('/brief')
  const advice = told()
  t.match(advice, { kind: 'unmark', route: 'GET /brief', requests: Number, text: /^GET \/brief runs for \S+ ms in its thread, and takes \S+ ms on the way there and back \(p50 of \d+ requests\); mark it blocking: false$/ })
  const { active, way } = advice as Extract<Advice, { kind: 'unmark' }>
  t.ok(active < way)
})

t.test('a visit of which the handler is only a part says nothing of the handler', async (t) => {
  const { app } = await start(t)
  for (let number = 0; number < 150; number++) {
    await app.inject('/blocking-dependency')
    await app.inject('/in-one-visit')
  }
  t.same(app.blocking.advice().filter(({ kind }) => kind === 'unmark' || kind === 'waits'), [])
})

t.test('a HEAD route that Fastify has made counts as its GET route', async (t) => {
  const { app } = await start(t)
  const told = (): Advice | undefined => app.blocking.advice().find(({ kind }) => kind === 'unmark')
  for (let number = 0; number < 5_000 && told() === undefined; number++) await app.inject({ method: 'HEAD', url: '/brief' })
  t.equal(told()?.route, 'GET /brief')
})

t.test('one that holds its thread at times is not', async (t) => {
  const { app } = await start(t)
  for (let number = 0; number < 200; number++) await app.inject(`/at-times/${number % 10 === 0 ? 60 : 0}`)
  t.same(app.blocking.advice().filter(({ route }) => route === 'GET /at-times/:ms'), [])
})

t.test('a blocking route that waits for something asynchronous is to be unmarked', async (t) => {
  // On a busy machine a run is active for long now and then, for want of a processor.
  const { app } = await start(t, { threads: 4, advice: { threshold: 100 } })
  const told = (): Advice | undefined => app.blocking.advice().find(({ kind }) => kind === 'waits')
  for (let turn = 0; turn < 20 && told() === undefined; turn++) await send(app, '/waits', 150)
  t.match(told(), {
    route: 'GET /waits', text: /^GET \/waits waits for \d+ ms of the \d+ ms that it has a thread \(p50 of \d+ requests\); mark it blocking: false$/
  })
})

t.test('a route that has all threads while others wait gets a limit', async (t) => {
  const { app } = await start(t, { threads: 2 })
  const told = (): Advice | undefined => app.blocking.advice().find(({ kind }) => kind === 'concurrency')
  for (let turn = 0; turn < 20 && told() === undefined; turn++) await Promise.all([send(app, '/sleeps/50', 100), send(app, '/brief', 20)])
  t.match(told(), { route: 'GET /sleeps/:ms', text: /^GET \/sleeps\/:ms had all threads for \d+ s while other routes waited; give it blocking: \{ concurrency: 1 \}$/ })
})

t.test('a measured route moves because of what it computes after an await', async (t) => {
  const { app, logged } = await start(t, { advice: false, dispatch: 'measured' })
  let isWorker = false
  for (let number = 0; number < 200 && !isWorker; number++) ({ isWorker } = (await app.inject('/moves')).json())
  t.ok(isWorker)
  t.match(logged.lines.filter((line) => line.includes('/moves')), [/^GET \/moves held the event loop for \d+ ms \(3 of \d+ requests\) and now runs in a worker; mark it blocking: true$/])
  t.throws(() => app.blocking.advice(), { code: 'FST_BLOCKING_ADVICE_OFF' })
})
