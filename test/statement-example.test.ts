import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { Agent, fetch } from 'undici'

t.test('node examples/statement.js serves bank statements', async (t) => {
  const { url, stop } = await start(join(t.testdir(), 'bank.db'))
  t.teardown(stop)
  const client = new Agent()

  await t.test('to those whose token is known', async (t) => {
    t.same(await statementOf('ada'), { owner: 'ada', cents: 10_000, entries: [{ text: 'opened', cents: 10_000, centsSoFar: 10_000 }] })
    t.equal((await ask('/statement', { authorization: 'Bearer x' })).status, 401)
    t.equal((await ask('/statement', { authorization: 'x' })).status, 400)
    t.equal((await ask('/statement')).status, 400)
  })

  await t.test('a transfer is booked on both sides', async (t) => {
    const response = await transfer('ada', { to: 'grace', cents: 2_500 })
    t.equal(response.status, 200)
    t.same(await response.json(), { cents: 7_500 })
    t.match(await statementOf('ada'), { cents: 7_500, entries: [{ text: 'to grace', cents: -2_500, centsSoFar: 7_500 }] })
    t.match(await statementOf('grace'), { cents: 7_500, entries: [{ text: 'from ada', cents: 2_500, centsSoFar: 7_500 }] })
  })

  await t.test('of one that fails nothing stays', async (t) => {
    const before = [await statementOf('ada'), await statementOf('grace')]
    const more = await transfer('ada', { to: 'grace', cents: 7_501 })
    t.equal(more.status, 409)
    t.match(await more.json(), { message: 'Then there would be -1 cents' })
    t.equal((await transfer('ada', { to: 'nobody', cents: 1 })).status, 404)
    t.equal((await transfer('ada', { to: 'grace', cents: -1 })).status, 400)
    t.same([await statementOf('ada'), await statementOf('grace')], before)
  })

  await t.test('transfers at the same time, are booked one after the other', async (t) => {
    const responses = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? transfer('ada', { to: 'grace', cents: 10 }) : transfer('grace', { to: 'ada', cents: 1 })))
    t.same(responses.map(({ status }) => status), Array(20).fill(200))
    t.match(await statementOf('ada'), { cents: 7_500 - 100 + 10 })
    t.match(await statementOf('grace'), { cents: 7_500 + 100 - 10 })
  })

  // Windows has no signals: there a process is ended, and cannot do so cleanly.
  if (process.platform !== 'win32') {
    await t.test('SIGTERM ends it cleanly', async (t) => {
      await client.destroy() // a server waits for connections that were opened and not used
      t.same(await stop(), [0, null])
    })
  }

  function ask (path: string, headers: Record<string, string> = {}, body?: unknown) {
    if (body === undefined) return fetch(url + path, { headers, dispatcher: client })
    return fetch(url + path, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body), dispatcher: client })
  }

  async function statementOf (name: string): Promise<unknown> {
    return await (await ask('/statement', { authorization: `Bearer token-of-${name}` })).json()
  }

  function transfer (name: string, body: { to: string, cents: number }) {
    return ask('/transfer', { authorization: `Bearer token-of-${name}` }, body)
  }
})

async function start (database: string) {
  const child = fork('examples/statement.js', {
    // As a user starts it: without tap's loaders, which every thread would load too.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', LOG_LEVEL: 'silent', DATABASE: database },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const exit = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface(child.stdout!), 'line') as Promise<[string]>,
    exit.then(([code]) => { throw new Error(`examples/statement.js exited with code ${code}`) })
  ])
  return {
    url: /http:\S+:\d+/.exec(line)![0],
    stop () {
      child.kill()
      return exit
    }
  }
}
