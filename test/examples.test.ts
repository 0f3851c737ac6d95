import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { inflateSync } from 'node:zlib'
import { PNG } from 'pngjs'
import t from 'tap'
import { Agent, fetch, type RequestInit } from 'undici'
import type { Stats } from 'fastify-blocking'

t.test('npm start serves the examples', async (t) => {
  const { url, stop } = await start()
  t.teardown(stop)
  const client = new Agent()

  await t.test('a report from SQLite', async (t) => {
    const response = await ask('/report')
    t.equal(response.status, 200)
    const months = await response.json() as Month[]
    t.equal(months.length, 36)
    t.match(months[0], { month: '2024-01' })
    t.equal(sum(months.map(({ orders }) => orders)), 200_000)
    const cents = sum(Array.from({ length: 200_000 }, (_, order) => order * 7_919 % 100_003))
    t.equal(sum(months.map((month) => month.cents)), cents)
    t.equal(months.at(-1)?.centsSoFar, cents)

    const year = await ask('/report?from=2025-01-01&to=2025-12-31')
    t.same((await year.json() as Month[]).map(({ month, orders, cents }) => ({ month, orders, cents })),
      months.filter(({ month }) => month.startsWith('2025')).map(({ month, orders, cents }) => ({ month, orders, cents })))

    t.equal((await ask('/report?from=yesterday')).status, 400)
  })

  await t.test('an invoice as a PDF', async (t) => {
    const response = await post('/invoice', { customer: 'Ada', lines: [{ item: 'Tea', quantity: 2, cents: 450 }] })
    t.equal(response.status, 200)
    t.equal(response.headers.get('content-type'), 'application/pdf')
    const pdf = Buffer.from(await response.arrayBuffer())
    t.match(pdf.toString('latin1'), /^%PDF-1\.\d\n[^]*\/Count 1\n[^]*%%EOF\n$/)
    t.match(textOf(pdf), /^InvoiceAda2 × Tea9\.00 .Total 9\.00 .$/)

    const long = await post('/invoice', { customer: 'Ada', lines: Array(200).fill({ item: 'Tea', quantity: 1, cents: 450 }) })
    const pages = Buffer.from(await long.arrayBuffer())
    t.match(pages.toString('latin1'), /\/Count [2-9]\n/)
    t.match(textOf(pages), /Total 900\.00 .$/)

    t.equal((await post('/invoice', { customer: 'Ada', lines: [] })).status, 400)
  })

  await t.test('a picture as a PNG', async (t) => {
    const response = await ask('/picture?width=120&height=80')
    t.equal(response.status, 200)
    t.equal(response.headers.get('content-type'), 'image/png')
    const { width, height, data } = PNG.sync.read(Buffer.from(await response.arrayBuffer()))
    t.same({ width, height }, { width: 120, height: 80 })
    const dot = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]
    t.same(dot(60, 40), [0, 0, 0, 255], 'the middle belongs to the set')
    t.not(dot(0, 0)[2], 0, 'the corner does not')

    t.equal((await ask('/picture?width=0')).status, 400)
    t.equal((await ask('/picture?width=2001')).status, 400)
  })

  await t.test('/ping answers while every thread is busy', async (t) => {
    const clients = new AbortController()
    const draw = () => ask('/picture?width=2000&height=2000&iterations=50000', { signal: clients.signal })
    const pictures = [draw()]
    const before = await statsOnce(({ threads, queue }) => {
      // As long as one more picture can still be taken on, by a thread that is there or is starting, it is asked for.
      if (queue === 0) pictures.push(draw())
      return queue > 0 && threads.starting === 0 && threads.busy === threads.live
    })

    const ping = await ask('/ping')
    t.equal(await ping.text(), 'pong')
    const after = await stats()
    t.equal(after.threads.busy, before.threads.live, 'all of them are still busy')
    t.equal(after.completed, before.completed, 'no picture was answered meanwhile')

    clients.abort()
    await Promise.allSettled(pictures)
    await statsOnce(({ threads }) => threads.busy === 0)
    t.equal((await stats()).killed, 0, 'the handlers have noticed that their clients are gone')
    t.equal((await ask('/picture?width=1&height=1')).status, 200)
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

async function start () {
  const child = fork('examples/start.js', {
    // As a user starts it: without tap's loaders, which every thread would load too.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const exit = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface(child.stdout!), 'line') as Promise<[string]>,
    exit.then(([code]) => { throw new Error(`examples/start.js exited with code ${code}`) })
  ])
  return {
    url: /http:\S+:\d+/.exec(line)![0],
    stop () {
      child.kill()
      return exit
    }
  }
}

/** What its pages show, in the order in which it was written. */
function textOf (pdf: Buffer): string {
  const streams = pdf.toString('latin1').matchAll(/\nstream\n([^]*?)\nendstream\n/g)
  const drawn = [...streams].map(([, deflated]) => inflateSync(Buffer.from(deflated!, 'latin1')).toString('latin1')).join('')
  return [...drawn.matchAll(/<([0-9a-f]+)>/g)].map(([, hex]) => Buffer.from(hex!, 'hex').toString('latin1')).join('')
}

function sum (numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
