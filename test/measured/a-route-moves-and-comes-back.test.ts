import t from 'tap'
import { retry } from '../support/retry.js'
import { build } from './fixtures/holding.js'
import { Logged } from './logged.js'

const logged = new Logged()
const app = await build({ stream: logged.stream })
t.teardown(() => app.close())
await app.ready()

async function get (url: string): Promise<unknown> {
  return (await app.inject({ url, headers: { 'x-user': 'ada' } })).json()
}

for (const [route, more] of [['/plain', {}], ['/async', {}], ['/sent', {}], ['/user', { user: { name: 'ada' } }], ['/report', { report: { isMainThread: false } }]] as const) {
  t.test(`${route} moves to a worker when it has held the loop in three requests, and its answers stay the same`, async (t) => {
    const url = `${route}?holds`
    const count = logged.lines.length
    t.match(app.blocking.plan('GET', route), { handler: 'loop', reason: 'measured' })
    for (let number = 0; number < 4; number++) t.same(await get(url), { isMainThread: true, ...more })
    t.match(app.blocking.plan('GET', route), { handler: 'worker', reason: 'measured' })
    t.match(app.blocking.printPlan('GET', route), /worker, measured\n/)
    for (let number = 0; number < 3; number++) t.same(await get(url), { isMainThread: false, ...more })
    const lines = logged.lines.slice(count)
    t.equal(lines.length, 1)
    t.match(lines[0], new RegExp(`^GET ${route} held the event loop for \\S+ ms \\(3 of 3 requests\\) and now runs in a worker; mark it blocking: true$`))
  })
}

t.test('a mark wins', async (t) => {
  for (let number = 0; number < 10; number++) {
    t.same(await get('/marked?holds'), { isMainThread: false })
    t.same(await get('/kept?holds'), { isMainThread: true })
  }
  t.equal(app.blocking.plan('GET', '/marked').reason, 'marked')
})

t.test('a HEAD route moves like any other', async (t) => {
  for (let number = 0; number < 5; number++) await app.inject({ method: 'HEAD', url: '/plain?holds' })
  t.equal(app.blocking.plan('HEAD', '/plain').handler, 'worker')
  const { headers, statusCode, body } = await app.inject({ method: 'HEAD', url: '/plain?holds' })
  t.match({ headers, statusCode, body }, { headers: { 'content-length': '22' }, statusCode: 200, body: '' })
})

t.test('bodies are parsed and validated on the loop, wherever the handler runs', async (t) => {
  const send = async (name: unknown) => (await app.inject({ method: 'POST', url: '/body?holds', payload: { name } })).json()
  for (let number = 0; number < 6; number++) {
    t.same(await send('n'), { isMainThread: number < 4, body: { name: 'n' } })
    t.match(await send({}), { statusCode: 400 })
  }
})

t.test('streams are read, wherever the handler runs', async (t) => {
  for (let number = 0; number < 6; number++) {
    const { body } = await app.inject({ method: 'POST', url: '/stream?holds', headers: { 'content-type': 'application/x-stream' }, payload: Buffer.alloc(300_000) })
    t.same(JSON.parse(body), { isMainThread: number < 4, length: 300_000 })
  }
})

for (const route of ['/throws', '/iterator']) {
  t.test(`${route} is answered in a worker as on the loop`, async (t) => {
    const answers: unknown[] = []
    for (let number = 0; number < 6; number++) {
      const { statusCode, body, headers: { 'content-type': type } } = await app.inject(`${route}?holds`)
      answers.push([statusCode, body, type])
    }
    t.equal(app.blocking.plan('GET', route).handler, 'worker')
    t.equal(app.blocking.stats().routes[`GET ${route}`]?.run.count, 2)
    for (const answer of answers) t.same(answer, answers[0])
  })
}

t.test('a route comes back when its runs are shorter than the way, and stays when it has come back twice', async (t) => {
  const count = logged.lines.length
  const moves = () => logged.lines.slice(count)
  for (let turn = 0; turn < 3; turn++) {
    await retry('the route moves', async () => {
      const { isMainThread } = await get('/sent?holds') as { isMainThread: boolean }
      return isMainThread ? undefined : true
    })
    if (turn === 2) break
    await retry('the route comes back', async () => {
      const { isMainThread } = await get('/sent') as { isMainThread: boolean }
      return isMainThread || undefined
    })
  }
  for (let number = 0; number < 100; number++) await get('/sent')
  t.same(await get('/sent'), { isMainThread: false })
  t.match(moves(), [
    /^GET \/sent took \S+ ms in a worker, and the way there \S+ ms \(medians of 20 requests\), and now runs on the event loop; mark it blocking: false$/,
    /runs in a worker; mark it blocking: true$/,
    /now runs on the event loop/,
    /^GET \/sent held .* and now runs in a worker, for good, after 2 returns; mark it blocking: true$/
  ])
  t.equal(moves().length, 4)
})

t.test('nothing is measured under another dispatch', async (t) => {
  const logged = new Logged()
  const app = await build({ dispatch: 'explicit', stream: logged.stream })
  t.teardown(() => app.close())
  for (let number = 0; number < 30; number++) {
    t.same((await app.inject('/plain?holds')).json(), { isMainThread: true })
    t.same((await app.inject('/marked')).json(), { isMainThread: false })
  }
  t.same(logged.lines, [])
  t.throws(() => app.blocking.plan('GET', '/plain'), { code: 'FST_BLOCKING_NO_SUCH_ROUTE' })
})
