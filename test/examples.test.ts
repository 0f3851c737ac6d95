import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { streamXlsxRows } from 'hucre/xlsx'
import sharp from 'sharp'
import t from 'tap'
import { Agent, fetch, type RequestInit, type Response } from 'undici'
import type { Stats } from 'fastify-blocking'

t.test('node examples/quickstart.js runs alone', async (t) => {
  const { url, stop } = await start('examples/quickstart.js')
  t.teardown(stop)
  t.same(await (await fetch(`${url}/fib/20`)).json(), { fib: 6_765 })
  t.equal(await (await fetch(`${url}/ping`)).text(), 'pong')
})

t.test('examples/packages names every package that npm start needs, and no other', async (t) => {
  const { metafile } = await build({
    entryPoints: ['examples/start.js'], bundle: true, packages: 'external', platform: 'node', format: 'esm', write: false, metafile: true
  })
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports).flatMap(({ external, path }) => {
    return external && !path.startsWith('node:') ? [/^(@[^/]+\/)?[^/]+/.exec(path)![0]] : []
  })
  t.ok(imported.includes('hucre'))
  const { dependencies } = JSON.parse(readFileSync('examples/packages/package.json', 'utf8')) as { dependencies: Record<string, string> }
  t.same([...new Set(imported)].filter((name) => !(name in dependencies)), ['fastify-blocking'])
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: Record<string, string> }
  const others = Object.entries(dependencies).filter(([name, range]) => (devDependencies[name] ?? range) !== range)
  t.same(others, [], 'the same versions as package.json, or npm installs two')
  const compiling = ['@fastify/request-context', '@nats-io/transport-node', '@opentelemetry/api', '@types/node', 'prom-client', 'typebox', 'typescript']
  const font = 'dejavu-fonts-ttf'
  t.same(Object.keys(dependencies).filter((name) => !imported.includes(name)).sort(), [...compiling, font].sort())
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
  const { url, stop, printed } = await start('examples/start.js')
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

  await t.test('a spreadsheet of all orders, in parts', async (t) => {
    const response = await ask('/reports/orders.xlsx')
    t.equal(response.status, 200)
    t.equal(response.headers.get('transfer-encoding'), 'chunked')
    const header = (await rowsOf(response, { maxRows: 1 }))[0]
    t.same(header, ['Day', 'Product', 'Price'])
    await statsOnce(({ threads }) => threads.busy === 0)

    const year = await rowsOf(await ask('/reports/orders.xlsx?from=2025-01-01&to=2025-12-31'))
    const months = await (await ask('/reports/months?from=2025-01-01&to=2025-12-31')).json() as Month[]
    t.equal(year.length - 1, sum(months.map(({ orders }) => orders)))
    const cents = year.slice(1).map(([, , price]) => Math.round(100 * (price as number)))
    t.equal(sum(cents), sum(months.map(({ cents }) => cents)))
    const all = await rowsOf(await ask('/reports/orders.xlsx'))
    t.equal(all.length - 1, 200_000)
  })

  await t.test('a picture that is drawn, read and blackened', async (t) => {
    const card = await ask('/card?title=Grace+Hopper&text=wrote+a+compiler+in+1952')
    t.equal(card.headers.get('content-type'), 'image/png')
    const png = Buffer.from(await card.arrayBuffer())
    t.match(await sharp(png).metadata(), { format: 'png', width: 1200, height: 630 })

    const read = await post('/ocr', png, 'image/png')
    t.match(await read.json(), { text: 'Grace Hopper\nwrote a compiler in 1952' })

    const redacted = await post('/redact', png, 'image/png')
    t.equal(redacted.headers.get('content-type'), 'image/png')
    const black = Buffer.from(await redacted.arrayBuffer())
    const pixels = await Promise.all([png, black].map((picture) => sharp(picture).removeAlpha().raw().toBuffer()))
    t.same(pixels.map(isWhiteAnywhere), [true, false], 'the letters were white')
    t.ok(pixels[0]!.subarray(0, 3 * 1200 * 150).equals(pixels[1]!.subarray(0, 3 * 1200 * 150)), 'above them it is as it was')

    const jpeg = await sharp(png).greyscale().jpeg().toBuffer()
    t.equal((await post('/redact', jpeg, 'image/jpeg')).status, 200)
    t.match(await (await post('/ocr', jpeg, 'image/jpeg')).json(), { text: 'Grace Hopper\nwrote a compiler in 1952' })

    const { routes } = await stats()
    for (const route of ['GET /card', 'POST /ocr', 'POST /redact']) t.ok(routes[route], `${route} is answered in a worker`)

    t.equal((await ask('/card?title=')).status, 400)
    for (const path of ['/ocr', '/redact']) {
      t.equal((await post(path, Buffer.from('no picture'), 'image/png')).status, 400, path)
      t.equal((await ask(path, { method: 'POST' })).status, 400, path)
      t.equal((await post(path, 'no picture')).status, 415, path)
    }
  })

  if (process.platform !== 'win32') {
    await t.test('everything that it tells to try succeeds', async (t) => {
      // Each of them, with a smaller number. Curl fails for a status from 400 on.
      const commands = printed.filter((line) => /^ .*(curl|-d )/.test(line)).join('\n').replaceAll(/fib\/\d+/g, 'fib/25')
      t.equal(commands.match(/curl/g)!.length, 12)
      const script = `curl () { command curl --fail-with-body "$@" || echo NO ANSWER; }\n${commands}\nwait`
      const { stdout } = await promisify(execFile)('sh', ['-ec', script], { cwd: t.testdir({}) })
      t.notMatch(stdout, 'NO ANSWER')
      t.match(stdout, 'pong')
    })
  }

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

  function post (path: string, body: unknown, type = 'application/json') {
    return ask(path, { method: 'POST', headers: { 'content-type': type }, body: Buffer.isBuffer(body) ? body : JSON.stringify(body) })
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
  const lines = createInterface(child.stdout!)
  const printed: string[] = []
  lines.on('line', (line) => printed.push(line))
  const [line] = await Promise.race([
    once(lines, 'line') as Promise<[string]>,
    exit.then(([code]) => { throw new Error(`${script} exited with code ${code}`) })
  ])
  return {
    url: /http:\S+:\d+/.exec(line)![0],
    /** Lines of stdout until now. */
    printed,
    stop () {
      child.kill()
      return exit
    }
  }
}

async function rowsOf (response: Response, options = {}) {
  const rows = []
  // Its Uint8Arrays are typed for any memory, those that hucre takes for memory that is not shared.
  const body = response.body as ReadableStream<Uint8Array<ArrayBuffer>>
  for await (const { values } of streamXlsxRows(body, options)) rows.push(values)
  return rows
}

function isWhiteAnywhere (pixels: Buffer): boolean {
  return pixels.some((red, index) => index % 3 === 0 && red > 240 && pixels[index + 1]! > 240 && pixels[index + 2]! > 240)
}

function sum (numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
