import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { Agent, fetch, type RequestInit } from 'undici'
import type { Stats } from 'fastify-blocking'

t.test('node examples/quickstart.js runs alone', async (t) => {
  const { url, stop } = await start('examples/quickstart.js')
  t.teardown(stop)
  t.same(await (await fetch(`${url}/fib/20`)).json(), { fib: 6_765 })
  t.equal(await (await fetch(`${url}/ping`)).text(), 'pong')
})

t.test('two processes that start at once make one database', async (t) => {
  rmSync('examples/data', { recursive: true, force: true })
  const both = await Promise.all([start('examples/start.js'), start('examples/start.js')])
  t.teardown(() => Promise.all(both.map(({ stop }) => stop())))
  for (const { url } of both) {
    const response = await fetch(`${url}/reports/months`)
    t.equal(sum((await response.json() as Month[]).map(({ orders }) => orders)), 200_000)
  }
  t.same(readdirSync('examples/data'), ['orders.db'])
})

t.test('npm start serves the examples', async (t) => {
  mkdirSync('examples/data/orders.db.lock', { recursive: true }) // as a process that is killed leaves it
  const { url, stop } = await start('examples/start.js')
  t.teardown(stop)
  const client = new Agent()

  await t.test('quickstart', async (t) => {
    const response = await ask('/fib/35')
    t.equal(response.status, 200)
    t.same(await response.json(), { fib: 9_227_465 })

    t.equal((await ask('/fib/91')).status, 400)
  })

  await t.test('reports by month', async (t) => {
    const response = await ask('/reports/months')
    t.equal(response.status, 200)
    const months = await response.json() as Month[]
    t.equal(months.length, 36)
    t.match(months[0], { month: '2024-01' })
    t.equal(sum(months.map(({ orders }) => orders)), 200_000)
    const cents = sum(Array.from({ length: 200_000 }, (_, order) => order * 7_919 % 100_003))
    t.equal(sum(months.map((month) => month.cents)), cents)
    t.equal(months.at(-1)?.centsSoFar, cents)

    const year = await ask('/reports/months?from=2025-01-01&to=2025-12-31')
    t.same((await year.json() as Month[]).map(({ month, orders, cents }) => ({ month, orders, cents })),
      months.filter(({ month }) => month.startsWith('2025')).map(({ month, orders, cents }) => ({ month, orders, cents })))

    t.equal((await ask('/reports/months?from=yesterday')).status, 400)
  })

  await t.test('reports by product', async (t) => {
    const response = await ask('/reports/products?limit=100')
    t.equal(response.status, 200)
    const products = await response.json() as Product[]
    t.equal(products.length, 50)
    t.ok(products.every(({ orders }) => orders === 4_000))
    t.same(products, products.toSorted((one, other) => other.cents - one.cents))
    t.ok(Math.abs(sum(products.map(({ share }) => share)) - 1) < 1e-9)

    const best = await ask('/reports/products?limit=3')
    t.same(await best.json(), products.slice(0, 3))

    t.equal((await ask('/reports/products?limit=0')).status, 400)
  })

  await t.test('several reports at once', async (t) => {
    const paths = ['/reports/months', '/reports/products', '/reports/months', '/reports/products']
    const responses = await Promise.all(paths.map((path) => ask(path)))
    t.same(responses.map(({ status }) => status), [200, 200, 200, 200])
    await Promise.all(responses.map((response) => response.text()))
  })

  await t.test('text', async (t) => {
    const response = await post('/text', { text: 'I love the train to Berlin! On 3 March 2025 it cost $49.90.' })
    t.equal(response.status, 200)
    const { sentiment, entities } = await response.json() as Analysis
    t.ok(sentiment > 0)
    t.same(entities, [{ value: '3 March 2025', type: 'DATE' }, { value: '$49.90', type: 'MONEY' }])

    const bad = await post('/text', { text: 'I hate this awful train.' })
    t.ok((await bad.json() as Analysis).sentiment < 0)

    t.equal((await post('/text', { text: 'So it is. '.repeat(2_000) })).status, 200)
    t.equal((await post('/text', { text: 'So it is. '.repeat(2_001) })).status, 400)
    t.equal((await post('/text', {})).status, 400)
  })

  await t.test('/ping answers while every thread is busy', async (t) => {
    const clients = new AbortController()
    const compute = () => ask('/fib/60', { signal: clients.signal })
    const answers = [compute()]
    const before = await statsOnce(({ threads, queue }) => {
      // As long as one more can still be taken on, by a thread that is there or is starting, it is asked for.
      if (queue === 0) answers.push(compute())
      return queue > 0 && threads.starting === 0 && threads.busy === threads.live
    })

    const ping = await ask('/ping')
    t.equal(await ping.text(), 'pong')
    const after = await stats()
    t.equal(after.threads.busy, before.threads.live, 'all of them are still busy')
    t.equal(after.completed, before.completed, 'nothing was computed meanwhile')

    clients.abort()
    await Promise.allSettled(answers)
    await statsOnce(({ threads }) => threads.busy === 0)
    t.equal((await stats()).killed, 0, 'the handlers have noticed that their clients are gone')
    t.equal((await ask('/fib/1')).status, 200)
  })

  // Windows has no signals: there a process is ended, and cannot do so cleanly.
  if (process.platform !== 'win32') {
    await t.test('SIGTERM ends it cleanly', async (t) => {
      await client.destroy() // a server waits for connections that were opened and not used
      t.same(await stop(), [0, null])
    })
  }

  function ask (path: string, init?: RequestInit) {
    return fetch(url + path, { ...init, dispatcher: client })
  }

  function post (path: string, body: unknown) {
    return ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  }

  async function stats () {
    const response = await ask('/stats')
    return await response.json() as Stats
  }

  async function statsOnce (condition: (stats: Stats) => boolean): Promise<Stats> {
    for (;;) {
      const now = await stats()
      if (condition(now)) return now
      // A pause, or the questions would take the processor from the threads.
      await setTimeout(20)
    }
  }
})

interface Month {
  month: string
  orders: number
  cents: number
  centsSoFar: number
}

interface Product {
  product: string
  orders: number
  cents: number
  share: number
}

interface Analysis {
  sentiment: number
  entities: { value: string, type: string }[]
}

async function start (script: string) {
  const child = fork(script, {
    // As a user starts it: without tap's loaders, which every thread would load too.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const exit = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface(child.stdout!), 'line') as Promise<[string]>,
    exit.then(([code]) => { throw new Error(`${script} exited with code ${code}`) })
  ])
  return {
    url: /http:\S+:\d+/.exec(line)![0],
    stop () {
      child.kill()
      return exit
    }
  }
}

function sum (numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
