import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchChromium, withoutChromium } from '../support/chromium.js'
import { until, untilExists } from '../support/until.js'
import { type App, buildShown } from './fixtures/typed.js'

interface Shown {
  app: App
  address: string
  page: Page
  /** Errors of the page so far. */
  errors: string[]
}

async function show (t: Test, options: object): Promise<Shown> {
  const app = await buildShown(options)
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const page = await (await launchChromium(t)).newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()) })
  await page.goto(`${address}/blocking`)
  await live(page)
  return { app, address, page, errors }
}

async function ask (url: string): Promise<number> {
  return (await fetch(url)).status
}

async function live (page: Page): Promise<void> {
  await page.waitForSelector('body[data-connection="live"]')
}

/** Raw values of the numbers within an element, by name. */
async function readNumbers (page: Page, selector: string): Promise<Record<string, number>> {
  const numbers = await page.$$eval(`${selector} data[data-stat]`, (found) => found.map((one) =>
    [one.getAttribute('data-stat')!, one.getAttribute('value')!] as const))
  return Object.fromEntries(numbers.map(([name, value]) => [name, value === '' ? NaN : Number(value)]))
}

/** What the page is to show of stats(), by name; NaN where nothing is known yet. */
function flatten (value: object, path = ''): Record<string, number> {
  return Object.fromEntries(Object.entries(value).flatMap(([key, entry]: [string, unknown]) =>
    typeof entry === 'object' && entry !== null
      ? Object.entries(flatten(entry, `${path}${key}.`))
      : [[`${path}${key}`, (entry as number | undefined) ?? NaN]]))
}

const ofRoute = ['completed', 'failed', 'refused', 'timedOut', 'clientGone', 'wait.p50', 'wait.p99', 'run.p50', 'run.p99']
const ofAll = ['threads.busy', 'threads.live', 'threads.starting', 'threads.retired', 'threads.exiting', 'killed', 'retirements', 'recycled',
  'boots.completed', 'boots.failed', 'boots.time']

const pick = (from: Record<string, number>, names: string[]): unknown => names.map((name) => [name, from[name]])

/** What the page is to show now. */
function tell ({ app: { blocking } }: Shown): object {
  const { routes, queue, ...stats } = blocking.stats()
  const advice = blocking.advice()
  return {
    threads: pick(flatten(stats), ofAll),
    queue: { queue, limit: 2, isSaturated: String(blocking.isSaturated()) },
    total: pick(flatten(stats), ofRoute),
    routes: Object.keys(routes).sort().map((route) => [route, pick(flatten(routes[route]!), ofRoute)]),
    advice: advice.map(({ text, line }) => [text, line])
  }
}

/** What the page shows, in the same form. */
async function readShown ({ page }: Shown): Promise<object> {
  const { queue, 'queue.limit': limit } = await readNumbers(page, '#queue')
  const routes = await page.$$eval('#routes tr[data-route]', (rows) => rows.map((row) => row.getAttribute('data-route')!))
  const texts = async (part: string): Promise<string[]> => await page.$$eval(`#advice li ${part}`, (found) => found.map(({ textContent }) => textContent!))
  const lines = await texts('.line code')
  return {
    threads: pick(await readNumbers(page, '#threads .readouts'), ofAll),
    queue: { queue, limit, isSaturated: await page.getAttribute('#queue [data-stat="isSaturated"]', 'data-value') },
    total: pick(await readNumbers(page, '#routes [data-total]'), ofRoute),
    routes: await Promise.all(routes.sort().map(async (route) => [route, pick(await readNumbers(page, `#routes tr[data-route="${route}"]`), ofRoute)])),
    advice: (await texts('.text')).map((text, index) => [text, lines[index]])
  }
}

/** Compares each number on the page with stats() and advice(): the page has them within a second. */
async function compare (t: Test, shown: Shown): Promise<void> {
  const end = performance.now() + 60_000
  for (;;) {
    const found = await readShown(shown)
    const wanted = tell(shown)
    if (isDeepStrictEqual(found, wanted) || performance.now() > end) {
      t.same(found, wanted)
      return
    }
    await shown.page.waitForTimeout(20)
  }
}

/** Each stall is counted at one place, and is listed there. */
async function compareStalls (t: Test, page: Page): Promise<void> {
  const place = '#stalls li[data-route="GET /stall"]'
  await page.click(`${place} summary`)
  // The list is filled at the event "toggle", which comes later than the click.
  await page.waitForSelector(`${place} details[open] li[data-at]`)
  // Both at one moment.
  const { all, counts, listed, count, longest, held } = await page.evaluate(`(() => {
    const read = (selector) => [...document.querySelectorAll(selector)].map(({ value }) => Number(value))
    const place = '#stalls .entries > li[data-route="GET /stall"]:has(details[open])'
    return {
      all: read('#stalls [data-stat="stalls"]')[0],
      counts: read('#stalls [data-stat="count"]'),
      count: read(place + ' [data-stat="count"]')[0],
      longest: read(place + ' [data-stat="held.max"]')[0],
      held: read(place + ' [data-stat="held"]'),
      listed: document.querySelectorAll(place + ' li[data-at]').length
    }
  })()`) as { all: number, counts: number[], listed: number, count: number, longest: number, held: number[] }
  t.equal(counts.reduce((sum, one) => sum + one, 0), all)
  t.equal(listed, count)
  t.equal(longest, Math.max(...held))
}

t.test('under a stall, a kill, a full queue and a recycle the page shows what stats() and advice() say', { skip: withoutChromium }, async (t) => {
  const shown = await show(t, { plugin: { advice: true, queue: { max: 2 }, recycle: { requests: 6 } } })
  const { app, address, page, errors } = shown
  await compare(t, shown)
  const folder = t.testdir({})
  const [worker] = await page.$$eval('#lanes [data-worker]', (lanes) => lanes.map((lane) => Number(lane.getAttribute('data-worker'))))

  // A full queue: one runs, two wait, and one is refused.
  const gate = join(folder, 'gate')
  const held = [ask(`${address}/still?gate=${gate}`)]
  await untilExists(`${gate}.started`)
  held.push(ask(`${address}/brief/1`), ask(`${address}/brief/2`))
  await until('two wait', () => app.blocking.stats().queue === 2)
  t.equal(await ask(`${address}/brief/3`), 503)
  await page.waitForSelector(`#lanes [data-worker="${worker}"] [data-label="GET /still"]`)
  await compare(t, shown)
  writeFileSync(gate, '')
  t.same(await Promise.all(held), [200, 200, 200])

  // A stall, as often as it takes until it is told.
  while (app.blocking.advice().length === 0) t.equal(await ask(`${address}/stall`), 200)
  await page.waitForSelector('#stalls li[data-route="GET /stall"]')
  await page.waitForSelector('#advice li[data-route="GET /stall"]')
  await compareStalls(t, page)

  // A kill.
  t.equal(await ask(`${address}/endless?gate=${gate}`), 503)
  await until('the next thread has booted', () => app.blocking.stats().boots.completed === 2)
  await page.waitForSelector(`#log li[data-type="killed"][data-worker="${worker}"]`)

  // A recycle, by the last of six requests.
  for (let request = 0; request < 6; request++) t.equal(await ask(`${address}/brief/${request}`), 200)
  await until('the thread has been replaced', () => {
    const { recycled, threads } = app.blocking.stats()
    return recycled === 1 && threads.exiting === 0
  })
  await page.waitForSelector('#log li[data-type="recycled"]')
  await compare(t, shown)

  // The lanes show what ran where, for as long as the test may take.
  await page.check('#spans label:last-of-type input')
  await page.click('#lane-tables summary')
  const rows = `#lane-tables tbody[data-worker="${worker}"]`
  await page.waitForSelector(`${rows} tr[data-route="GET /endless"]`)
  t.match(await readNumbers(page, `${rows} tr[data-route="GET /still"]`), { count: 1, lost: 0 })
  t.match(await readNumbers(page, `${rows} tr[data-route="GET /brief/:id"]`), { count: 2, lost: 0 })
  t.match(await readNumbers(page, `${rows} tr[data-route="GET /endless"]`), { count: 1, lost: 1 })
  const types = await page.$$eval('#log li', (entries) => entries.map((entry) => entry.getAttribute('data-type')))
  t.same(count(types), { booted: 3, killed: 1, recycled: 1, exited: 2 })

  // A reload keeps the history.
  const before = await page.$$eval(`${rows} tr`, (found) => found.map(({ textContent }) => textContent))
  await page.reload()
  await live(page)
  await page.click('#lane-tables summary')
  await page.waitForSelector(`${rows} tr[data-route="GET /endless"]`)
  t.same(await page.$$eval(`${rows} tr`, (found) => found.map(({ textContent }) => textContent)), before)
  t.same(count(await page.$$eval('#log li', (entries) => entries.map((entry) => entry.getAttribute('data-type')))), count(types))
  await compare(t, shown)
  const text = await page.content()
  t.notMatch(text, /\/brief\/\d|gate=/, 'no URL of a request is on the page')
  t.same(errors, [])
})

t.test('advice of each registration is shown, whichever is selected, with its name', { skip: withoutChromium }, async (t) => {
  const { app, address, page } = await show(t, { plugin: { advice: true }, hasAnnex: true })
  await page.check('#registrations label:last-of-type input')
  while (app.blocking.advice().length === 0) t.equal(await ask(`${address}/stall`), 200)
  await page.waitForSelector('#advice li[data-route="GET /stall"]')
  t.same(await page.$$eval('#advice li', (entries) => entries.map((entry) => entry.getAttribute('data-registration'))), ['/'])
  t.match(await page.textContent('#advice li'), 'Registration /')
  t.equal(await page.textContent('[data-badge="advice"]'), '1')
})

t.test('a connection that breaks is shown, and heals; a server that has started again is told from the one before', { skip: withoutChromium }, async (t) => {
  const first = await buildShown({})
  t.teardown(() => first.close())
  const address = await first.listen({ port: 0, host: '127.0.0.1' })
  const page = await (await launchChromium(t)).newPage()
  await page.goto(`${address}/blocking/`)
  await live(page)
  t.equal((await fetch(`${address}/brief/1`)).status, 200)
  await page.waitForSelector('#routes tr[data-route="GET /brief/:id"] [data-stat="completed"][value="1"]')
  await first.close()
  await page.waitForSelector('body[data-connection="lost"]')
  t.match(await page.textContent('#connection'), /lost/i)
  t.equal(await page.textContent('#routes tr[data-route="GET /brief/:id"] [data-stat="completed"]'), '1', 'the last numbers stay')

  const second = await buildShown({})
  t.teardown(() => second.close())
  await second.listen({ port: Number(new URL(address).port), host: '127.0.0.1' })
  await live(page)
  t.equal(await page.$('#routes tr[data-route="GET /brief/:id"]'), null, 'none of it belongs to the new server')
})

function count (names: (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name!] = (counts[name!] ?? 0) + 1
  return counts
}
