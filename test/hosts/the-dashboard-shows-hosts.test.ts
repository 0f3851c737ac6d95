import { isDeepStrictEqual } from 'node:util'
import axe from 'axe-core'
import type { FastifyInstance } from 'fastify'
import type { HostCounts } from 'fastify-blocking'
import dashboard from 'fastify-blocking/dashboard'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchChromium, withoutChromium } from '../support/chromium.js'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

const skip = lacksBroker || withoutChromium
const prepare = async (app: FastifyInstance): Promise<void> => { await app.register(dashboard, { prefix: '/blocking' }) }

async function open (t: Test, app: FastifyInstance, width = 1280): Promise<Page> {
  const address = app.listeningOrigin
  const page = await (await launchChromium(t)).newPage({ viewport: { width, height: 844 } })
  page.on('pageerror', (error) => t.fail(String(error)))
  await page.goto(`${address}/blocking/`)
  await page.waitForSelector('body[data-connection="live"]')
  return page
}

const hosts = (app: FastifyInstance): HostCounts[] => app.blocking.stats().hosts!
const hostIsThere = async (app: FastifyInstance, name: string) => await until(`host ${name} is there`, () =>
  hosts(app).some((host) => host.name === name && host.roundTrip !== undefined))

/** The hosts in the table of the page, in the form of stats(). */
async function readHosts (page: Page): Promise<HostCounts[]> {
  const rows = await page.$$eval('#hosts tbody tr', (found) => found.map((row) => ({
    texts: [...row.children].map(({ textContent }) => textContent!),
    numbers: [...row.querySelectorAll('data')].map((one) => one.getAttribute('value')!)
  })))
  return rows.map(({ texts: [name, , , version], numbers: [used, slots, roundTrip] }) => ({
    name: name!, slots: Number(slots), free: Number(slots) - Number(used), roundTrip: roundTrip === '' ? undefined : Number(roundTrip), version: version!
  }))
}

/** The page has the numbers within a second. */
async function compare (t: Test, app: FastifyInstance, page: Page): Promise<void> {
  const end = performance.now() + 60_000
  for (;;) {
    const [found, wanted] = [await readHosts(page), hosts(app)]
    if (isDeepStrictEqual(found, wanted) || performance.now() > end) {
      t.same(found, wanted)
      return
    }
    await page.waitForTimeout(20)
  }
}

/** Numbers of what a thread or a host has run, by route. */
async function readRuns (page: Page, worker: string): Promise<Record<string, { count: number, lost: number }>> {
  const rows = await page.$$eval(`#lane-tables tbody[data-worker="${worker}"] tr[data-route]`, (found) => found.map((row) => ({
    route: row.getAttribute('data-route')!,
    numbers: ['count', 'lost'].map((stat) => Number(row.querySelector(`[data-stat="${stat}"]`)!.getAttribute('value')))
  })))
  return Object.fromEntries(rows.map(({ route, numbers: [count, lost] }) => [route, { count: count!, lost: lost! }]))
}

async function waitForRuns (page: Page, worker: string, route: string, count: number): Promise<void> {
  await page.waitForSelector(`#lane-tables tbody[data-worker="${worker}"] tr[data-route="${route}"] [data-stat="count"][value="${count}"]`)
}

/** Number of the lane with this name. */
async function findLane (page: Page, name: string): Promise<string> {
  return (await page.getAttribute(`#lanes .lane:has(.name :text-is("${name}"))`, 'data-worker'))!
}

t.test('the dashboard of a server with a thread of its own and a host', { skip }, async (t) => {
  const { url } = await startBroker(t)
  const app = await startServer(t, { servers: url, extra: true, options: { pool: { maxThreads: 1, execArgv: [], env: {} } } }, prepare)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const page = await open(t, app)
  // As long as the test may take.
  await page.check('#spans label:last-of-type input')
  await page.click('#lane-tables summary')
  t.ok(await page.isVisible('#no-hosts'))
  const thread = (await page.getAttribute('#lanes .lane', 'data-worker'))!
  const alpha = startHost(t, module, url, ['--name', 'alpha', '--threads', '2'])
  await hostIsThere(app, 'alpha')
  const host = await findLane(page, 'Host alpha')

  await t.test('has a lane with its name, and the numbers that stats() has', async (t) => {
    t.match(await page.textContent(`#lanes [data-worker="${host}"]`), /^Host alpha/)
    t.equal(await page.textContent(`#memory tr[data-worker="${host}"] th`), 'Host alpha')
    t.notMatch(await page.textContent('main'), /Thread \d{7}/)
    t.notOk(await page.isVisible('#no-hosts'))
    t.equal(await page.getAttribute('[data-stat="threads.used"]', 'value'), '1', 'threads of hosts use none of pool.maxThreads')
    await compare(t, app, page)
  })

  await t.test('tells what runs where', async (t) => {
    for (let request = 0; request < 3; request++) t.equal((await app.inject('/remote')).statusCode, 200)
    t.equal((await app.inject('/local')).statusCode, 200)
    await waitForRuns(page, host, 'GET /remote', 3)
    await waitForRuns(page, thread, 'GET /local', 1)
    t.same(await readRuns(page, host), { 'GET /remote': { count: 3, lost: 0 } })
    t.same(await readRuns(page, thread), { 'GET /local': { count: 1, lost: 0 } })
  })

  await t.test('shows a run while it runs, and the slot that it uses', async (t) => {
    const both = [app.inject('/late?ms=3000').then(), app.inject('/late?ms=3000').then()]
    await page.waitForSelector(`#lanes [data-worker="${host}"] [data-label="GET /late"]`)
    await page.waitForSelector(`#hosts [data-worker="${host}"] [data-stat="slots.used"][value="1"]`)
    await compare(t, app, page)
    for (const answer of await Promise.all(both)) t.equal(answer.body, 'late')
    await compare(t, app, page)
  })

  await t.test('tells that the host was killed, with what it had run', async (t) => {
    const both = [app.inject('/late?ms=5000').then(), app.inject('/late?ms=5000').then()]
    await page.waitForSelector(`#lanes [data-worker="${host}"] [data-label="GET /late"]`)
    alpha.kill('SIGKILL')
    await page.waitForSelector('#log li[data-type="hostLost"][data-host="alpha"]')
    t.same((await Promise.all(both)).map(({ statusCode }) => statusCode).sort(), [200, 503])
    await page.waitForSelector(`#lanes [data-worker="${host}"][data-state="gone"]`)
    t.match(await page.textContent(`#lanes [data-worker="${host}"]`), /^Host alpha.*lost at/)
    await page.waitForSelector(`#lane-tables tbody[data-worker="${host}"] [data-stat="lost"][value="1"]`)
    t.same(await readRuns(page, host), { 'GET /late': { count: 2, lost: 1 }, 'GET /remote': { count: 3, lost: 0 } })
    t.ok(await page.isVisible('#no-hosts'))
  })

  await t.test('tells that another one leaves, and that one has another app', async (t) => {
    const beta = startHost(t, module, url, ['--name', 'beta'])
    await hostIsThere(app, 'beta')
    beta.kill('SIGTERM')
    startHost(t, module, url, ['--name', 'gamma'], { WITHOUT_EXTRA: '1' })
    await page.waitForSelector('#log li[data-type="hostLeft"][data-host="beta"]')
    await page.waitForSelector('#log li[data-type="hostRefused"][data-host="gamma"]')
    t.match(await page.textContent('#log li[data-host="gamma"]'), /gamma has another app.*FST_BLOCKING_/)
    const types = await page.$$eval('#log li', (entries) => entries.map((entry) => entry.getAttribute('data-type')))
    t.same(types.reverse(), ['booted', 'hostJoined', 'hostLost', 'hostJoined', ...types.slice(4).sort()])
    t.same(types.slice(4).sort(), ['hostLeft', 'hostRefused'])
  })

  await t.test('keeps the names of hosts that are gone when it is loaded again', async (t) => {
    await page.reload()
    await page.waitForSelector('body[data-connection="live"]')
    t.equal(await findLane(page, 'Host alpha'), host)
  })

  for (const width of [1280, 390]) {
    await t.test(`axe finds nothing to mend, ${width} pixels wide`, async (t) => {
      const name = 'a-host-with-a-long-name.eu-central-1.compute.internal-12345'
      const delta = startHost(t, module, url, ['--name', name])
      await hostIsThere(app, name)
      const page = await open(t, app, width)
      await findLane(page, `Host ${name}`)
      await page.waitForSelector('#hosts tbody tr')
      for (const terms of await page.$$('.terms summary')) await terms.click()
      await page.evaluate(axe.source)
      const { violations } = await page.evaluate('axe.run()') as axe.AxeResults
      t.same(violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ target }) => target) })), [])
      t.same(await page.evaluate('[document.documentElement.scrollWidth <= innerWidth, innerWidth]'), [true, width])
      delta.kill('SIGTERM')
      await until('it has left', () => hosts(app).length === 0)
    })
  }
})
