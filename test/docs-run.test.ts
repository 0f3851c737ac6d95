import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { holdsToMove, maxReturns, windowSize } from '../dist/loop/measured/placement.js'
import { readOptions } from '../dist/options/settings.js'
import { runToEnd } from './support/app-process.js'
import { filesOf } from './ways/layouts-page.js'

t.test('what README shows runs', async (t) => {
  const page = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const [, code] = /^```js\n(import .*?)^```/ms.exec(page)!
  const { answers } = await run(t, code!.replace('port: 3000', 'port: 0'), {}, [{ url: '/fib/20' }, { url: '/ping' }])
  t.same(answers, [[200, '{"fib":6765}'], [200, 'pong']])
})

t.test('what docs/streams.md shows runs', async (t) => {
  const page = await readFile(new URL('../docs/streams.md', import.meta.url), 'utf8')
  const [squares, items] = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!)
  const { answers: [answer] } = await run(t, squares!, {}, [{ url: '/squares' }])
  t.same(answer, [200, Array.from({ length: 1000 }, (_, index) => `${index + 1},${(index + 1) ** 2}\n`).join('')])

  const { answers } = await run(t, items!, {}, [{ url: '/sums' }, { url: '/events', headers: { 'last-event-id': '1' } }])
  t.same(answers, [
    [200, '{"upTo":1,"sum":1}\n{"upTo":2,"sum":3}\n{"upTo":3,"sum":6}\n'],
    [200, 'id: 2\ndata: {"upTo":2,"sum":3}\n\nid: 3\ndata: {"upTo":3,"sum":6}\n\nevent: end\ndata: That is all\n\n']
  ])
})

t.test('what docs/background.md shows runs, and the task after the answer', async (t) => {
  const page = await readFile(new URL('../docs/background.md', import.meta.url), 'utf8')
  const [, code] = /^```js\n(.*?)^```/ms.exec(page)!
  const logged = code!.replace('Fastify()', 'Fastify({ logger: true, pluginTimeout: 100_000 })')
  const { answers, stdout } = await run(t, logged, {}, [{ url: '/orders', method: 'POST', payload: { item: 'tea' } }])
  t.same(answers, [[200, '{"accepted":true}']])
  t.match(stdout, /"msg":"invoice for tea"/)
})

t.test('what docs/bodies.md shows runs', async (t) => {
  const page = await readFile(new URL('../docs/bodies.md', import.meta.url), 'utf8')
  const code = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!).join('\n')
  const photo = '--x\r\ncontent-disposition: form-data; name="photo"; filename="cat.png"\r\n\r\nmiaow\r\n--x--\r\n'
  const post = (url: string, headers = {}) => ({ method: 'POST', url, payload: [1, 2, 3], headers })
  const { answers } = await run(t, code, {}, [
    post('/orders'), post('/rows', { authorization: 'x' }), post('/rows'), post('/import'), post('/small'),
    { ...post('/orders'), payload: ['x'] },
    { method: 'POST', url: '/photos', payload: photo, headers: { 'content-type': 'multipart/form-data; boundary=x' } }
  ])
  const sum = [200, '{"sum":6}']
  t.match(answers, [sum, sum, [401], sum, sum, [400], [200, '{"name":"cat.png","bytes":5}']])
})

t.test('what docs/what-crosses.md does with an instance and a function runs, and throws without it', async (t) => {
  const page = await readFile(new URL('../docs/what-crosses.md', import.meta.url), 'utf8')
  const [, section] = /^## What to do with a value that does not cross\n(.*?)^## /ms.exec(page)!
  const [before, after] = [...section!.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!)
  const start = `
    import Fastify from 'fastify'
    import blocking, { dependency } from 'fastify-blocking'

    class Tenant {
      constructor (name) { this.name = name }
      price () { return { of: this.name, price: 3 } }
    }
    const app = Fastify({ logger: true, pluginTimeout: 100_000 })
    await app.register(blocking, { app: import.meta.url })
  `
  const asked = [{ url: '/price', headers: { 'x-tenant': 'acme' } }]
  const { answers: [thrown] } = await run(t, start + before!, {}, asked)
  t.match(thrown, [500, /request\.audit is a function and cannot cross/])
  const { answers, stdout } = await run(t, start + after!, {}, asked)
  t.same(answers, [[200, '{"of":"acme","price":3}']])
  t.match(stdout, /"what":"price"/)
})

t.test('the plugin alone of docs/layouts.md runs in a worker', async (t) => {
  const { 'app.js': app, 'reports.js': reports } = filesOf('One plugin alone')
  const { answers } = await run(t, app!, {}, [{ url: '/reports/year/1999' }], { 'reports.js': reports! })
  t.same(answers, [[200, '{"year":1999,"isWorker":true}']])
})

t.test('what docs/dependencies.md shows runs, and prints what it says', async (t) => {
  const page = await readFile(new URL('../docs/dependencies.md', import.meta.url), 'utf8')
  const all = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!)
  const [inTest] = all.filter((code) => code.startsWith('// In a test'))
  const blocks = all.filter((code) => code !== inTest)
  // Those that begin with imports begin an app.
  const starts = blocks.flatMap((code, index) => code.startsWith('import ') ? [index] : [])
  const [tour, reply, sockets] = starts.map((start, index) => blocks.slice(start, starts[index + 1]).join('\n'))
  const printed = /^```js\n[^`]*?printPlan.*?^```\n\n```\n(.*?)^```/ms.exec(page)![1]!

  await t.test('the tour', async (t) => {
    const headers = { authorization: 'Bearer ada', 'x-key': 'open sesame' }
    const { answers, stdout } = await run(t, tour!, { FAKE_YEAR: '1' }, [
      { url: '/books?number=3' }, { url: '/books?number=x' },
      { url: '/primes?below=20' },
      { url: '/search?q=a+b' },
      { url: '/me', headers },
      { url: '/vault', headers }, { url: '/vault', headers: { 'x-key': 'x' } }, { url: '/vault' },
      { url: '/admin/users', headers }, { url: '/admin/users', headers: { 'x-key': 'x' } },
      { url: '/pay', method: 'POST' },
      { url: '/rows' },
      { url: '/bar?q=barge' },
      { url: '/weather' },
      { url: '/year' },
      { url: '/statement', headers }
    ])
    t.equal(stdout, printed)
    const [, , , , [, me]] = answers as [unknown, unknown, unknown, unknown, [number, string]]
    const { one, other, ...same } = JSON.parse(me) as Record<string, unknown>
    t.same(same, { user: { name: 'ada' }, token: 'ada' })
    t.not(one, other)
    answers.splice(4, 1)
    t.match(answers, [
      [200, '{"offset":40,"limit":20}'], [400],
      [200, '8'],
      [200, '["a","b"]'],
      [200, 'gold'], [403, /wrong key/], [400],
      [200, '["ada","grace"]'], [403],
      [200, 'paid'],
      [200, '["a,1","b,2"]'],
      [200, 'true'],
      [200, 'as the service says'],
      [200, '1999'],
      [200, '{"owner":"ada","cents":4200}']
    ])
  })

  await t.test('an override that a test uses', async (t) => {
    const ask = `\nif (!app.blocking.isWorker) {\n${inTest!}console.log(answer.body, (await app.inject('/weather')).body)\n}\n`
    const { stdout } = await run(t, tour! + ask, {}, [])
    t.equal(stdout, `${printed}sunny as the service says\n`)
  })

  await t.test('a dependency that answers', async (t) => {
    const { answers } = await run(t, reply!, {}, [{ url: '/' }, { url: '/', headers: { authorization: 'x' } }])
    t.same(answers, [[401, '{"login":"/login"}'], [200, '{"name":"ada"}']])
  })

  await t.test('a websocket', async (t) => {
    const ask = `
const refused = await app.injectWS('/live').catch((error) => error.message)
let resolve
const promise = new Promise((done) => { resolve = done })
const socket = await app.injectWS('/live', { headers: { authorization: 'x' } }, { onInit: (ws) => ws.once('message', resolve) })
console.log(refused, String(await promise))
socket.terminate()
`
    const { stdout } = await run(t, sockets! + ask, {}, [])
    t.equal(stdout, 'Unexpected server response: 401 ada\n')
  })
})

t.test('what docs/guards.md shows runs', async (t) => {
  const page = await readFile(new URL('../docs/guards.md', import.meta.url), 'utf8')
  const code = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!).join('\n')
  const as = (token: string) => ({ url: '/items', headers: { authorization: `Bearer ${token}` } })
  const { answers } = await run(t, code, {}, [
    as('reader'), { url: '/items' }, as('nobody'), { ...as('reader'), method: 'PUT' }, { ...as('writer'), method: 'PUT' }, { url: '/openapi' },
    ...['', 'staff'].map((badge) => ({ method: 'POST', url: '/teas', payload: {}, headers: { 'x-badge': badge } }))
  ])
  t.match(answers, [[200, '["tea"]'], [401], [401], [403], [200, 'writer'], [200, /"security":\[\{"bearer":\["items:read"\]\}\]/], [403], [400]])
})

t.test('what docs/offload.md shows runs', async (t) => {
  const page = await readFile(new URL('../docs/offload.md', import.meta.url), 'utf8')
  const code = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!).join('\n')
  const { answers } = await run(t, code, {}, ['/hash/secret', '/search', '/visits', '/visits-sync', '/invert'].map((url) => ({ url })))
  t.match(answers, [
    [200, /^\{"hash":"\w{64}"\}$/],
    [200, '{"found":142858}'],
    [200, '{"visits":1}'],
    [200, '{"visits":2}'],
    [200, '{"first":255}']
  ])
})

t.test('what docs/insight.md shows runs, and its health checks tell when the queue is half full', async (t) => {
  const page = await readFile(new URL('../docs/insight.md', import.meta.url), 'utf8')
  const code = [...page.slice(page.indexOf('## Metrics')).matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!).join('\n')
  const gate = join(t.testdir(), 'gate')
  const saturate = `
const { existsSync, writeFileSync } = await import('node:fs')
app.get('/hold', { blocking: true }, () => {
  while (!existsSync(process.env.GATE)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  return 'held'
})
await app.ready()
if (!app.blocking.isWorker) {
  const statusOf = async (url) => (await app.inject(url)).statusCode
  const told = async () => await Promise.all(['/ready', '/cheap', '/report'].map(statusOf))
  console.log('told', ...await told())
  // Enough for half of queue.max, which is 1000 by default, however many threads have booted by then.
  const held = Array.from({ length: 700 }, () => statusOf('/hold'))
  while (!app.isUnderPressure()) await new Promise((resolve) => setTimeout(resolve, 5))
  console.log('told', ...await told())
  writeFileSync(process.env.GATE, '')
  console.log('held', ...new Set(await Promise.all(held)))
  while (app.isUnderPressure()) await new Promise((resolve) => setTimeout(resolve, 5))
  console.log('told', ...await told())
}
`
  const { answers, stdout } = await run(t, code + saturate, { GATE: gate }, [{ url: '/metrics' }])
  t.equal(stdout, 'told 200 200 200\ntold 503 200 503\nheld 200\ntold 200 200 200\n')
  t.match(answers, [[200, /^fastify_blocking_requests_total\{registration="\/",route="GET \/hold",outcome="completed"\} 700$/m]])
})

t.test('what docs/connections.md leaves out in workers is not there', async (t) => {
  const page = await readFile(new URL('../docs/connections.md', import.meta.url), 'utf8')
  const code = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!).find((code) => code.includes('Fastify()'))
  const { answers } = await run(t, code!, {}, [{ url: '/report' }, { url: '/documentation/json' }])
  t.match(answers, [
    [200, '{"isWorker":true,"isScheduled":false}'],
    [200, /"\/report"/]
  ])
})

t.test('docs/measured.md moves its route, and states the rule as it is', async (t) => {
  const page = await readFile(new URL('../docs/measured.md', import.meta.url), 'utf8')
  const [, code] = /^```js\n(.*?)^```/ms.exec(page)!
  const { answers } = await run(t, code!, {}, [...Array.from({ length: holdsToMove + 3 }, () => ({ url: '/report/1999' })), { url: '/ping' }])
  const [onLoop, inWorker] = [false, true].map((isWorker) => [200, JSON.stringify({ isWorker })])
  t.same(answers, [onLoop, onLoop, onLoop, onLoop, inWorker, inWorker, onLoop])
  const text = page.replaceAll(/\s+/g, ' ')
  for (const stated of [
    `in ${holdsToMove} of the last ${windowSize} requests`,
    `in ${windowSize} requests in a row each run was shorter`,
    `At most ${maxReturns} returns`,
    `The threshold is ${readOptions({ app: import.meta.filename, dispatch: 'measured' }).threshold} ms by default`
  ]) t.ok(text.includes(stated), stated)
})

t.test('docs/does-it-block.md shows how to measure a function', async (t) => {
  const page = await readFile(new URL('../docs/does-it-block.md', import.meta.url), 'utf8')
  const [withPlugin, without] = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!)
  const myFunction = `
function myFunction () {
  const end = performance.now() + 30
  while (performance.now() < end); // holds its thread
}`
  const { answers } = await run(t, withPlugin!.replace('{ logger', '{ pluginTimeout: 100_000, logger') + myFunction, {}, ['/mine', '/advice'].map((url) => ({ url })))
  t.match(answers, [[200, 'done'], [200, /^\[.*\]$/]])

  const file = join(t.testdir({ 'measure.mjs': `await new Promise(setImmediate)\n${without}${myFunction}` }), 'measure.mjs')
  const { stdout } = await runToEnd(t, [file])
  const [, held, wall] = /^held the loop for (\d\S*) of (\d\S*) ms\n$/.exec(stdout)!.map(Number)
  t.ok(held! > wall! / 2, stdout)
})

t.test('docs/dashboard.md serves the page, and names what the code has', async (t) => {
  const page = await readFile(new URL('../docs/dashboard.md', import.meta.url), 'utf8')
  const [, code] = /^```js\n(.*?)^```/ms.exec(page)!
  const { answers } = await run(t, code!, { PORT: '0' }, ['/blocking/', '/report'].map((url) => ({ url })))
  t.match(answers, [[200, /<script type="module" src="page\.js">/], [200, '{"pages":12}']])
})

/**
 * Runs an app in a process of its own, beside the `files` that it imports; what it answers on the main thread, and what
 * it has printed before.
 */
async function run (t: Parameters<typeof runToEnd>[0], code: string, env: Record<string, string>, requests: object[], files: Record<string, string> = {}) {
  const end = `
const { isMainThread } = await import('node:worker_threads')
for (const request of ${JSON.stringify(requests)}) {
  const { statusCode, body } = await app.inject(request)
  if (isMainThread) console.log('answer ' + JSON.stringify([statusCode, body]))
}
await app.close()`
  const start = `Object.assign(process.env, ${JSON.stringify({ ...env, PORT: '0' })})\n`
  // On a slow machine its workers take longer than Fastify waits by default.
  const patient = code.replace('Fastify()', 'Fastify({ pluginTimeout: 100_000 })')
  const file = join(t.testdir({ ...files, 'app.mjs': start + patient + end }), 'app.mjs')
  const { code: exit, stdout, stderr } = await runToEnd(t, [file])
  t.equal(exit, 0, stderr)
  const lines = stdout.split('\n')
  const answers = lines.filter((line) => line.startsWith('answer ')).map((line) => JSON.parse(line.slice('answer '.length)) as unknown[])
  return { answers, stdout: stdout.replaceAll(/^answer .*\n/gm, '') }
}
