import { join } from 'node:path'
import t from 'tap'
import { launchChromium, withoutChromium } from '../support/chromium.js'
import { buildShown } from './fixtures/typed.js'
import { makeTraffic, untilTrue, untilTwoTicks } from './open-page.js'

t.test('in use the page keeps to its content security policy, and asks no other server', { skip: withoutChromium }, async (t) => {
  const app = await buildShown({ plugin: { advice: true }, hasAnnex: true })
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  await makeTraffic(app, address, join(t.testdir(), 'gate'))
  const browser = await launchChromium(t)
  const page = await browser.newPage()
  const asked: string[] = []
  const problems: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('response', (response) => { if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`) })
  page.on('console', (message) => problems.push(message.text()))
  page.on('pageerror', ({ message }) => problems.push(message))
  await page.addInitScript(`window.violations = []
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      violations.push(violatedDirective + ' ' + blockedURI))`)
  await page.goto(`${address}/blocking/`)
  await untilTrue(page, 'document.querySelectorAll("#stalls li, #advice li, #log li").length >= 3')
  for (const selector of ['#spans label', '#registrations label:nth-of-type(2)', '#registrations label', '[data-sort="rate"]',
    '#lane-tables summary', '#stalls summary', '#advice li button']) await page.click(selector)
  for (const selector of ['.lane canvas', '#loop-chart', '#routes-chart', '#queue-chart', '#memory-chart']) {
    await page.hover(selector)
  }
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await untilTwoTicks(page)
  t.ok(asked.length > 10)
  t.ok(asked.includes(`${address}/blocking/events`))
  t.same(asked.filter((url) => !url.startsWith(`${address}/blocking/`)), [])
  t.same(problems, [])
  t.same(await page.evaluate('violations'), [])
  // The check sees what the policy forbids.
  await page.evaluate('document.body.setAttribute("style", "color: red")')
  await page.evaluate('new Image().src = "http://127.0.0.1:9/"')
  await untilTrue(page, 'violations.length >= 2')
})
