import t from 'tap'
import { launchChromium, withoutChromium } from '../support/chromium.js'
import { buildShown } from './fixtures/typed.js'
import { openPage, untilTrue, untilTwoTicks } from './open-page.js'

t.test('a lost connection is shown, and heals; another run of the server is told', { skip: withoutChromium }, async (t) => {
  const first = await buildShown()
  const address = await first.listen({ port: 0 })
  const browser = await launchChromium(t)
  const page = await openPage(browser, address)
  await fetch(`${address}/brief/1`)
  await untilTrue(page, 'document.querySelector("[data-total] [data-stat=completed]").value === "1"')
  const style = () => page.evaluate('getComputedStyle(document.querySelector("[data-stat=killed]")).textDecorationLine')
  t.equal(await style(), 'none')
  await first.close()
  await untilTrue(page, 'document.body.dataset.connection === "lost"')
  t.match(await page.textContent('#connection'), /Connection lost since \d\d:\d\d:\d\d/)
  t.equal(await page.textContent('[role=status]'), 'The connection is lost. The numbers are old.')
  t.equal(await style(), 'underline', 'old numbers do not look like new ones')
  t.equal(await page.getAttribute('[data-total] [data-stat=completed]', 'value'), '1', 'but are still there')

  const second = await buildShown()
  t.teardown(() => second.close())
  await second.listen({ port: Number(new URL(address).port) })
  await untilTrue(page, 'document.body.dataset.connection === "live"')
  t.match(await page.textContent('#connection'), /The server has restarted at \d\d:\d\d:\d\d/)
  t.equal(await page.textContent('[role=status]'), 'Live again: the server has restarted.')
  t.equal(await page.getAttribute('[data-total] [data-stat=completed]', 'value'), '0')
  t.equal(await style(), 'none')
})

t.test('a server that refuses the events is asked again', { skip: withoutChromium }, async (t) => {
  let isRefused = false
  const app = await buildShown({
    dashboard: { onRequest: async () => { if (isRefused) throw Object.assign(new Error('go away'), { statusCode: 403 }) } }
  })
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  const browser = await launchChromium(t)
  const page = await openPage(browser, address)
  isRefused = true
  app.server.closeAllConnections()
  await untilTrue(page, 'document.querySelector("#connection").textContent.includes("refuses")')
  isRefused = false
  await untilTrue(page, 'document.body.dataset.connection === "live"')
  t.notMatch(await page.textContent('#connection'), 'restarted')
})

t.test('while code holds the event loop the page says that there is no news', { skip: withoutChromium }, async (t) => {
  const app = await buildShown()
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  const browser = await launchChromium(t)
  const page = await openPage(browser, address)
  // The server of this process stands still as well: the page tells by itself, and keeps what it has told.
  await page.evaluate(`new MutationObserver(() => {
    if (document.body.dataset.connection === 'late') window.told ??= document.querySelector('#connection').textContent
  }).observe(document.body, { attributes: true })`)
  while (await page.evaluate('window.told === undefined')) holdLoop(4_000)
  t.match(await page.evaluate('told'), /No news for \d+\.\d s: the event loop is held, or the connection is lost/)
  await untilTrue(page, 'document.body.dataset.connection === "live"')
})

t.test('a page that is hidden draws nothing, and all once it is seen again', { skip: withoutChromium }, async (t) => {
  const app = await buildShown()
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  const browser = await launchChromium(t)
  const page = await openPage(browser, address)
  await page.evaluate(`Object.defineProperty(document, 'hidden', { get: () => window.isHidden })
    window.isHidden = true
    window.changes = 0
    new MutationObserver(() => changes++).observe(document.body, { subtree: true, childList: true, characterData: true })
    const events = new EventSource('./events')
    window.ticks = 0
    events.addEventListener('tick', () => ticks++)`)
  await fetch(`${address}/brief/1`)
  await untilTrue(page, 'ticks >= 3')
  t.equal(await page.evaluate('changes'), 0)
  await page.evaluate('window.isHidden = false; document.dispatchEvent(new Event("visibilitychange"))')
  t.equal(await page.getAttribute('[data-total] [data-stat=completed]', 'value'), '1')
  await untilTwoTicks(page)
})

function holdLoop (milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
