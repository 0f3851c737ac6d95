import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { untilExists } from '../support/until.js'
import { type App, buildShown } from './fixtures/typed.js'
import { Viewer } from './viewer.js'

async function serve (t: Test, options: object = {}): Promise<{ app: App, address: string, viewer: Viewer }> {
  const app = await buildShown(options)
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  return { app, address, viewer: await Viewer.open(address) }
}

t.test('the first event has the limits, the boots so far and the state', async (t) => {
  const { app, viewer } = await serve(t, { plugin: { pool: { maxThreads: 3, minThreads: 2 }, queue: { max: 7 } } })
  const { begin } = viewer
  t.match(begin, { type: 'begin', interval: 1_000, kept: 600_000, node: process.version, samples: [], stalls: [] })
  t.same(begin.registrations, [{ name: '/', threads: 3, queue: 7, isAdvised: false, isWatched: false }])
  t.same(begin.log.map(({ type }) => type), ['booted', 'booted'])
  t.same(begin.state.registrations[0]!.workers.map(({ state, running }) => [state, running.length]), [['live', 0], ['live', 0]])
  const threads = begin.state.registrations[0]!.workers.map(({ worker }) => worker)
  t.same(begin.log.map((entry) => 'worker' in entry && entry.worker).sort(), threads.sort())
  t.same(plain(begin.state.registrations[0]!.stats), plain(app.blocking.stats()))
})

t.test('what a thread runs is told while it runs, and after it has ended, and the queue beside it', async (t) => {
  const { app, address, viewer } = await serve(t)
  const gate = join(t.testdir({}), 'gate')
  const requests = [fetch(`${address}/still?gate=${gate}`), fetch(`${address}/brief/1?secret=hidden`, { headers: { cookie: 'hidden' } })]
  await untilExists(`${gate}.started`)

  const running = await viewer.until(({ state }) => state.registrations[0]!.workers[0]!.running.length > 0)
  const { workers, stats } = running.state.registrations[0]!
  t.match(workers, [{ state: 'live', running: [{ label: 'GET /still' }] }])
  t.ok(workers[0]!.running[0]!.since <= running.state.at)
  t.same([stats.queue, stats.threads.busy, running.sample.registrations[0]!.queue], [1, 1, 1])
  const held = await viewer.until(({ sample }) => sample.registrations[0]!.workers[0]!.ran.some(([, time]) => time > 900))
  t.same(held.sample.registrations[0]!.workers[0]!.ran.map(([label, , count]) => [label, count]), [['GET /still', 0]])

  writeFileSync(gate, '')
  for (const response of await Promise.all(requests)) t.equal(response.status, 200)
  await viewer.until(({ state }) => state.registrations[0]!.stats.completed === 2)
  const runs = viewer.readRuns().get(workers[0]!.worker)!
  t.match(runs.get('GET /still'), { count: 1, lost: 0 })
  t.match(runs.get('GET /brief/:id'), { count: 1, lost: 0 })
  t.ok(runs.get('GET /still')!.time > 900)
  const ended = viewer.ticks.flatMap(({ sample }) => Object.entries(sample.registrations[0]!.ended)).sort()
  t.same(ended, [['GET /brief/:id', 1], ['GET /still', 1]])
  t.same(plain(viewer.ticks.at(-1)!.state.registrations[0]!.stats.routes), plain(app.blocking.stats().routes))
  t.notMatch(viewer.text, /hidden|\/brief\/1/, 'nothing of the requests themselves')
})

t.test('a run that is killed is lost on its thread, and the log has the kill, the exit and the next boot', async (t) => {
  const { app, address, viewer } = await serve(t)
  const { worker } = viewer.begin.state.registrations[0]!.workers[0]!
  const gate = join(t.testdir({}), 'gate')
  t.equal((await fetch(`${address}/endless?gate=${gate}`)).status, 503)
  await viewer.until(({ log }) => log.some(({ type }) => type === 'booted'))
  t.match(viewer.readRuns().get(worker)!.get('GET /endless'), { count: 1, lost: 1 })
  t.match(viewer.log, [
    { type: 'booted', worker },
    { type: 'killed', worker, labels: ['GET /endless'] },
    { type: 'exited', worker },
    { type: 'booted' }
  ])
  t.equal(viewer.log.filter(({ type }) => type === 'killed').length, app.blocking.stats().killed)
})

t.test('a request that a kill takes along before it has started is neither lost nor blamed', async (t) => {
  const { app, address, viewer } = await serve(t, { plugin: { pool: { concurrentTasksPerWorker: 2 } } })
  const gate = join(t.testdir({}), 'gate')
  const endless = fetch(`${address}/endless?gate=${gate}`)
  await untilExists(`${gate}.started`)
  const brief = fetch(`${address}/brief/1`)
  t.same([(await endless).status, (await brief).status], [503, 200])
  await viewer.until(({ state }) => state.registrations[0]!.stats.completed === 1)
  const runs = [...viewer.readRuns().values()].flatMap((ofThread) => [...ofThread])
  const sumOf = (label: string, of: 'count' | 'lost'): number => runs.reduce((sum, [name, run]) => name === label ? sum + run[of] : sum, 0)
  t.same([sumOf('GET /endless', 'lost'), sumOf('GET /brief/:id', 'lost'), sumOf('GET /brief/:id', 'count')], [1, 0, 1])
  t.match(viewer.log.find(({ type }) => type === 'killed'), { labels: ['GET /endless'] })
  t.equal(app.blocking.stats().killed, 1)
})

t.test('a run that was given up is lost with its thread, which exits before the run has ended', async (t) => {
  const { address, viewer } = await serve(t)
  const { worker } = viewer.begin.state.registrations[0]!.workers[0]!
  const gate = join(t.testdir({}), 'gate')
  t.equal((await fetch(`${address}/endless-and-kept?gate=${gate}`)).status, 503)
  await viewer.until(({ log }) => log.some(({ type }) => type === 'retired'))
  t.match(viewer.log.find(({ type }) => type === 'retired'), { worker, labels: ['GET /endless-and-kept'] })
  writeFileSync(gate, '')
  await viewer.until(({ log }) => log.some((entry) => entry.type === 'exited' && entry.worker === worker))
  await viewer.until(() => viewer.readRuns().get(worker)?.get('GET /endless-and-kept')?.lost === 1)
})

t.test('a boot that fails is in the log, by its code and without its message', async (t) => {
  const { address, viewer } = await serve(t, { failsIn: 'worker', plugin: { pool: { minThreads: 0 } } })
  t.same(viewer.begin.log, [])
  t.equal((await fetch(`${address}/brief/1`)).status, 503)
  await viewer.until(({ log }) => log.some(({ type }) => type === 'bootFailed'))
  t.match(viewer.log[0], { type: 'bootFailed', error: 'NO_DATABASE' })
  t.notMatch(viewer.text, /password/)
})

t.test('a thread that is recycled is in the log', async (t) => {
  const { address, viewer } = await serve(t, { plugin: { recycle: { requests: 1 } } })
  t.equal((await fetch(`${address}/brief/1`)).status, 200)
  await viewer.until(({ log }) => log.some(({ type }) => type === 'exited'))
  t.match(viewer.log.map(({ type }) => type), ['booted', 'booted', 'recycled', 'exited'])
})

t.test('a stall is told with its stack, and the advice with the line to paste', async (t) => {
  const { app, address, viewer } = await serve(t, { plugin: { advice: true } })
  t.same(viewer.begin.registrations[0]!.isAdvised, true)
  while (app.blocking.advice().length === 0) t.equal((await fetch(`${address}/stall`)).status, 200)
  const told = await viewer.until(({ state }) => state.registrations[0]!.advice!.length > 0)
  t.match(told.state.registrations[0]!.advice, [{ kind: 'mark', route: 'GET /stall', line: 'app.get(\'/stall\', { blocking: true }, handler)' }])
  const stall = viewer.stalls.find(({ route }) => route === 'GET /stall')!
  t.ok(stall.held >= 20 && stall.at < Date.now())
  t.ok(stall.frames.some(({ function: name, file, line }) => name === 'summarize' && file.endsWith('shown.js') && line > 1))
  t.notOk(stall.frames.some(({ file }) => file.includes('stall-detector')), 'no code of the package itself')
})

t.test('what the dashboard itself does is neither told as a stall nor advised on', async (t) => {
  const { app, address, viewer } = await serve(t, { plugin: { advice: true }, guardTime: 60 })
  for (let number = 0; number < 5; number++) t.equal((await fetch(`${address}/blocking/`)).status, 200)
  while (app.blocking.advice().length === 0) t.equal((await fetch(`${address}/stall`)).status, 200)
  for (let number = 0; number < 5; number++) t.equal((await fetch(`${address}/blocking/`)).status, 200)
  t.equal((await fetch(`${address}/stall`)).status, 200)
  const seen = viewer.stalls.length
  await viewer.until(() => viewer.stalls.length > seen)
  t.notOk(app.blocking.advice().some(({ route }) => route?.includes('/blocking')))
  t.notOk(viewer.stalls.some(({ route }) => route?.includes('/blocking')))
})

t.test('each registration of the server has its own threads, counts and log', async (t) => {
  const { address, viewer } = await serve(t, { hasAnnex: true })
  t.same(viewer.begin.registrations.map(({ name }) => name), ['/', 'annex'])
  t.equal((await fetch(`${address}/annex/brief`)).status, 200)
  const { state } = await viewer.until(({ state }) => state.registrations[1]!.stats.completed === 1)
  t.equal(state.registrations[0]!.stats.completed, 0)
  t.same(viewer.begin.log.map(({ registration }) => registration).sort(), [0, 1])
  const [worker] = state.registrations[1]!.workers
  t.match(viewer.readRuns(1).get(worker!.worker)!.get('GET /annex/brief'), { count: 1 })
  t.notOk(state.registrations[0]!.workers.some((other) => other.worker === worker!.worker))
})

t.test('a route that dispatch "measured" moves is in the log', async (t) => {
  const { address, viewer } = await serve(t, { plugin: { dispatch: 'measured' } })
  const hasMoved = (): boolean => viewer.log.some(({ type }) => type === 'moved')
  while (!hasMoved()) t.equal((await fetch(`${address}/stall`)).status, 200)
  t.match(viewer.log.filter(({ type }) => type === 'moved'), [{ type: 'moved', route: 'GET /stall', to: 'worker', text: /held the event loop/ }])
})

t.test('a page that is loaded again gets what was recorded before, and so does a second one', async (t) => {
  const { address, viewer } = await serve(t)
  t.equal((await fetch(`${address}/brief/1`)).status, 200)
  const tick = await viewer.until(({ sample }) => sample.registrations[0]!.ended['GET /brief/:id'] === 1)
  viewer.leave()
  const again = await Viewer.open(address)
  t.equal(again.begin.run, viewer.begin.run)
  t.same(again.begin.samples.slice(0, viewer.ticks.length), viewer.ticks.map(({ sample }) => sample))
  t.match(again.begin.samples.find(({ at }) => at === tick.sample.at), tick.sample)
  t.same(again.begin.log, viewer.log)
  const second = await Viewer.open(address)
  const { sample: { at } } = await second.until(() => true)
  await again.until(({ sample }) => sample.at === at)
})

t.test('a server that closes ends the connections of its viewers', async (t) => {
  const { app, viewer } = await serve(t)
  await app.close()
  await viewer.ended
})

/** As JSON has it: without what is undefined; without the heaps, which go on changing. */
function plain <Value extends object> (value: Value): object {
  const { heapsUsed, ...others } = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
  return others
}
