import t from 'tap'
import { few, listen, order, start } from './server.js'

t.test('three kitchens', async (t) => {
  const { url } = await start(t)
  const page = await listen(url)
  const { limits, runs } = await page.next('hello')
  t.same(runs, [])

  const results = {}
  for (const kitchen of ['waiting', 'computing', 'threads']) {
    const { status, body } = await order(url, { kitchen, ...few })
    t.equal(status, 202)
    t.same(await page.next('begin'), { number: body.number, settings: { kitchen, ...few } })
    const { number, error, result } = await page.next('end')
    t.equal(number, body.number)
    t.equal(error, undefined)
    results[kitchen] = result
  }
  const { waiting, computing, threads } = results

  await t.test('serve everybody', async (t) => {
    for (const { ordered, served, wait, took, perSecond } of Object.values(results)) {
      t.equal(ordered, 12)
      t.equal(served, 12)
      t.ok(wait.p50 > 0 && wait.p50 <= wait.longest && wait.longest <= took)
      t.ok(Math.abs(perSecond * took / 1000 - served) < 1e-6)
    }
  })

  await t.test('the loop has many in the oven, and cooks none', async (t) => {
    t.same(waiting.threads, [0])
    t.equal(waiting.cookedTogether, 0)
    t.ok(waiting.together > 1)
  })

  await t.test('the loop cooks one at a time, and nothing is answered meanwhile', async (t) => {
    t.same(computing.threads, [0])
    t.equal(computing.cookedTogether, 1)
    t.equal(computing.menu.duringCooking, 0)
    t.ok(computing.menu.longest > computing.cooked.p50, 'somebody has waited for a whole burger')
  })

  await t.test('threads cook as many at once as there are cooks, and the loop answers', async (t) => {
    t.notOk(threads.threads.includes(0))
    t.equal(threads.cookedTogether, few.cooks)
    t.ok(threads.menu.duringCooking > 0)
    t.ok(threads.menu.longest < computing.menu.longest)
  })

  await t.test('a page that comes later hears of the last runs', async (t) => {
    const later = await listen(url)
    t.teardown(() => later.close())
    const { runs } = await later.next('hello')
    t.same(runs.map(({ settings, result }) => [settings.kitchen, result]), Object.entries(results))
    for (const { settings: { kitchen }, events } of runs) {
      const steps = (step) => events.filter((event) => event.step === step)
      for (const step of ['ordered', 'begun', 'served']) {
        t.equal(steps(step).length, 12, `${kitchen}: ${step}`)
      }
      t.equal(steps('cooking').length, kitchen === 'waiting' ? 0 : 12, `${kitchen}: cooking`)
      t.equal(steps('menu').length, results[kitchen].menu.asked)
      t.same([...new Set(steps('begun').map(({ thread }) => thread))].sort(), results[kitchen].threads)
    }
    const heard = page.heard.filter(({ name }) => name === 'news').flatMap(({ data }) => data.events)
    t.same(heard, runs.flatMap(({ events }) => events), 'the same as a page that was there')
  })

  await t.test('somebody else who orders during a run is served, and is not shown', async (t) => {
    const { body } = await order(url, { kitchen: 'threads', ...few })
    while ((await page.next('news')).events.length === 0);
    const response = await fetch(`${url}/kitchens/threads/1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'another', order: 999, waiting: 0, cooking: 0, rounds: 0 })
    })
    t.equal(response.status, 200)
    t.equal((await page.next('end')).number, body.number)
    const shown = page.heard.filter(({ name }) => name === 'news').flatMap(({ data }) => data.events)
    t.notOk(shown.some(({ order }) => order === 999))
  })

  await t.test('one run at a time, for all pages', async (t) => {
    const one = await order(url, { kitchen: 'threads', ...few })
    const other = await order(url, { kitchen: 'waiting', ...few })
    t.equal(one.status, 202)
    t.equal(other.status, 409)
    t.match(other.body, { code: 'BURGERS_RUN_GOING_ON' })
    t.equal((await page.next('end')).number, one.body.number)
  })

  await t.test('settings have limits', async (t) => {
    t.equal((await order(url, { kitchen: 'garden', ...few })).status, 400)
    for (const [name, { minimum, maximum }] of Object.entries(limits)) {
      for (const value of [minimum - 1, maximum + 1, minimum + 0.5, 'many']) {
        const { status } = await order(url, { kitchen: 'waiting', ...few, [name]: value })
        t.equal(status, 400, `${name}: ${value}`)
      }
    }
  })
})

t.test('a server that closes ends what goes on', { timeout: 300_000 }, async (t) => {
  const { app, url } = await start(t)
  const page = await listen(url)
  await order(url, { kitchen: 'threads', ...few })
  // The last orders are answered, and then their connections are idle.
  for (let ordered = 0; ordered < 12;) {
    const { events } = await page.next('news')
    ordered += events.filter(({ step }) => step === 'ordered').length
  }
  const closing = app.close()
  t.equal(await page.next('nothing'), undefined, 'its pages are left')
  await closing
})
