import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { HtmlValidate } from 'html-validate'
import t from 'tap'
import { launchChromium, withoutChromium } from '../../../test/support/chromium.js'
import { burgersEach, kitchens } from '../page/rules.js'
import { time } from '../page/sentence.js'
import { few, listen, order } from './server.js'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

t.test('the page', { skip: withoutChromium }, async (t) => {
  const { url, stop } = await serve()
  t.teardown(stop)
  const page = await (await launchChromium(t)).newPage()
  /** @type {string[]} */
  const complaints = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const asked = request.url()
    if (asked !== url && !asked.startsWith(`${url}/`)) complaints.push(`the page asks for ${asked}`)
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
      console.error(`the policy forbids ${violatedDirective}`)
    })
  })

  const response = await page.goto(url)
  t.equal(page.url(), `${url}/`)
  t.match(response.headers()['content-security-policy'], /^default-src 'none'; script-src 'self';/)
  await page.locator('#all[aria-disabled=false]').waitFor()

  await t.test('is set and started by keyboard', async (t) => {
    for (const [name, value] of Object.entries(few)) {
      const slider = page.locator(`#${name}`)
      await slider.focus()
      await page.keyboard.press('Home')
      const step = Number(await slider.getAttribute('step') ?? 1)
      for (let at = Number(await slider.getAttribute('min')); at < value; at += step) {
        await page.keyboard.press('ArrowRight')
      }
      t.equal(await slider.inputValue(), String(value))
    }
    t.match(await page.locator('[data-kitchen=computing] pre').textContent(), /timer\(20\)\s+cook\(100\)/)
    // The last slider before the button.
    await page.locator('#cooks').focus()
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate(() => document.activeElement.id), 'all')
    await page.keyboard.press('Enter')
    // All three, and so the last one too.
    await page.locator('.kitchen[data-kitchen=threads] .sentence:not(:empty)').waitFor({ timeout: 120_000 })
    t.equal(await page.locator('#all').getAttribute('aria-disabled'), 'false')
    t.equal(await page.evaluate(() => document.activeElement.id), 'all', 'the focus has stayed')
  })

  await t.test('shows what was measured', async (t) => {
    const news = await listen(url)
    t.teardown(() => news.close())
    const { runs } = await news.next('hello')
    t.same(runs.map(({ settings }) => settings), kitchens.map((kitchen) => ({ kitchen, ...few })))
    for (const { settings: { kitchen }, result } of runs) {
      const section = page.locator(`.kitchen[data-kitchen=${kitchen}]`)
      const expected = {
        served: `${result.served} of ${burgersEach * few.customers}`,
        perSecond: result.perSecond.toFixed(1),
        p50: time(result.wait.p50),
        longest: time(result.wait.longest),
        menu: time(result.menu.longest),
        took: time(result.took)
      }
      for (const [name, text] of Object.entries(expected)) {
        t.equal(await section.locator(`dd[data-number=${name}]`).textContent(), text, `${kitchen}: ${name}`)
        t.equal(await page.locator(`tr[data-number=${name}] td[data-kitchen=${kitchen}]`).textContent(), text)
      }
      t.match(await section.locator('.sentence').textContent(), time(result.menu.longest))
      t.equal(await section.locator('.customer.pleased').count(), few.customers)
    }
  })

  await t.test('says that it hears nothing while the loop cooks', async (t) => {
    // In the page, which sees the first silence from its first frame on.
    const watched = page.evaluate(async () => {
      const section = document.querySelector('.kitchen[data-kitchen=computing]')
      const read = () => ({
        menu: section.querySelector('dd[data-number=menu]').textContent,
        bars: section.querySelectorAll('.timeline .silent').length
      })
      const until = async (condition) => {
        while (!condition()) await new Promise((resolve) => globalThis.requestAnimationFrame(resolve))
      }
      await until(() => section.querySelector('.now.silent') !== null)
      const first = read()
      await until(() => read().menu !== first.menu)
      return { first, later: read() }
    })
    await order(url, { kitchen: 'computing', ...few, customers: 8, cooking: 200 })
    const now = page.locator('.kitchen[data-kitchen=computing] .now.silent')
    await now.waitFor()
    t.match(await now.textContent(), /^No news for \d+\.\d s: the loop that would send it is cooking\.$/)
    const { first, later } = await watched
    t.ok(first.bars > 0, 'the menu is drawn as not answered')
    t.ok(readTime(first.menu) >= 400, first.menu)
    t.ok(readTime(later.menu) > readTime(first.menu), `its number grows: ${first.menu}, then ${later.menu}`)
    await page.locator('#all[aria-disabled=false]').waitFor({ timeout: 120_000 })
  })

  await t.test('shows the kitchen in which it orders, on a phone too', async (t) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.evaluate(() => globalThis.scrollTo({ top: 0, behavior: 'instant' }))
    await page.locator('#all').focus()
    await page.keyboard.press('Enter')
    for (const kitchen of kitchens) {
      const section = page.locator(`.kitchen[data-kitchen=${kitchen}]`)
      await page.locator('#where').getByText(await section.locator('h2').textContent()).waitFor()
      // Scrolling takes a while.
      await page.waitForFunction((element) => {
        const { top, bottom } = element.getBoundingClientRect()
        return top >= 0 && bottom <= globalThis.innerHeight
      }, await section.locator('.scene').elementHandle())
    }
    await page.locator('#all[aria-disabled=false]').waitFor({ timeout: 120_000 })
    t.equal(await page.locator('#where').textContent(), '')
    t.equal(await page.evaluate(() => document.activeElement.id), 'all', 'the focus has stayed')
  })

  await t.test('is accessible, in light and dark, on a phone too', async (t) => {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1200, 390]) {
        await page.setViewportSize({ width, height: 844 })
        await page.emulateMedia({ colorScheme })
        await page.reload()
        await page.locator('#all[aria-disabled=false]').waitFor()
        await page.locator('.kitchen[data-kitchen=threads] .sentence:not(:empty)').waitFor()
        // Not by a script element, which the page's policy forbids.
        await page.evaluate(await readFile(axe, 'utf8'))
        const { violations } = await page.evaluate(() => globalThis.axe.run())
        const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
        t.same(found, [], `${colorScheme}, ${width} px`)
        t.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'nothing is wider')
      }
    }
  })

  await t.test('is valid HTML', async (t) => {
    const { results } = await new HtmlValidate().validateString(await (await fetch(`${url}/`)).text())
    t.same(results.flatMap(({ messages }) => messages), [])
  })

  t.same(complaints, [], 'no error, no violation of the policy, no request elsewhere')

  await t.test('leads to the dashboard, which names the route to mark', async (t) => {
    await page.getByRole('link', { name: 'which route to mark' }).click()
    await page.locator('body[data-connection=live]').waitFor()
    const advice = page.locator('#advice')
    await advice.getByText('POST /burgers/kitchens/computing').first().waitFor()
    t.match(await advice.textContent(), /computing held the event loop for .* in cook \(.*cook\.js:\d+\)/)
    t.match(await advice.textContent(), /blocking: true/)
    await page.goBack()
    await page.locator('#all[aria-disabled=false]').waitFor()
  })

  await t.test('says that the server is gone, which may be while its loop cooks', async (t) => {
    await order(url, { kitchen: 'computing', ...few, customers: 12 })
    await page.locator('.kitchen[data-kitchen=computing] .now.silent').waitFor()
    t.same(await stop(), [0, null])
    await page.locator('#connection:not(:empty)').waitFor()
    t.match(await page.locator('#connection').textContent(), 'No connection to the server')
    t.equal(await page.locator('#all').getAttribute('aria-disabled'), 'true')
  })
})

/** ms from a text of `time()`. */
function readTime (text) {
  const [number, unit] = text.split(' ')
  return Number(number) * (unit === 's' ? 1000 : 1)
}

/** In a process of its own: the test must go on while the loop of the server cooks. */
async function serve () {
  const script = fileURLToPath(new URL('process.js', import.meta.url))
  const child = fork(script, { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } })
  const exit = once(child, 'exit')
  const [address] = await Promise.race([
    once(child, 'message'),
    exit.then(([code]) => { throw new Error(`${script} exited with code ${code}`) })
  ])
  return {
    url: `${address}/burgers`,
    stop () {
      child.kill()
      return exit
    }
  }
}
